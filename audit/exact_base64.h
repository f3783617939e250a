#ifndef CARDVAULT_AUDIT_EXACT_BASE64_H_
#define CARDVAULT_AUDIT_EXACT_BASE64_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

// Base 64 of RFC 4648, section 4, in the one form that encoding gives: padded, without spaces, with
// no bit set beyond the last byte. So no two texts stand for one value. Nothing for any other text.
// Thread-safe.
std::optional<std::string> DecodeExactBase64(absl::string_view text);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXACT_BASE64_H_
