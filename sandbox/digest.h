#ifndef CARDVAULT_SANDBOX_DIGEST_H_
#define CARDVAULT_SANDBOX_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// Lower-case hex of SHA-256 (64 characters) and SHA-384 (96 characters). Thread-safe.
std::string Sha256Hex(absl::string_view data);
std::string Sha384Hex(absl::string_view data);

// Standard base64, with padding, of HMAC-SHA256 (44 characters). Thread-safe.
std::string HmacSha256Base64(absl::string_view key, absl::string_view data);

// Standard base64, with padding. Thread-safe.
std::string Base64(absl::string_view data);

// True when both are equal, in a time that depends on their sizes only. Thread-safe.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_DIGEST_H_
