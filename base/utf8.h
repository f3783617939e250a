#ifndef CARDVAULT_BASE_UTF8_H_
#define CARDVAULT_BASE_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace cardvault {

// The size in bytes, 1 to 4, of the UTF-8 sequence (RFC 3629) at the start of `text`; 0 when
// there is none. Thread-safe.
size_t Utf8SequenceSize(absl::string_view text);

}  // namespace cardvault

#endif  // CARDVAULT_BASE_UTF8_H_
