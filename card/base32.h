#ifndef CARDVAULT_CARD_BASE32_H_
#define CARDVAULT_CARD_BASE32_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

// Lower-case base32 (RFC 4648) without padding, as tokens and ids of ours are written.
// Thread-safe.
std::string Base32Lower(absl::string_view bytes);

// The bytes back into `out`; false, leaving `out` unspecified, unless `text` is exactly what
// Base32Lower writes for some bytes: one text for one value.
bool DecodeBase32Lower(absl::string_view text, std::string& out);

}  // namespace cardvault

#endif  // CARDVAULT_CARD_BASE32_H_
