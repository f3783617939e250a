#ifndef CARDVAULT_SANDBOX_PRAXIS13_CIPHER_H_
#define CARDVAULT_SANDBOX_PRAXIS13_CIPHER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

inline constexpr size_t kPraxis13SecretBytesMax = 32;     // the key's size
inline constexpr size_t kPraxis13TimestampBytesMax = 16;  // the IV's size

// The card field of a Praxis 1.3 request in clear: `encrypted` is standard base64 of AES-256-CBC
// with PKCS#7 padding under the merchant secret, left-padded with '0' to 32 bytes, and with the
// message's timestamp, left-padded with '0' to 16 bytes, as IV.
//
// Returns nothing when it does not decrypt, or when secret or timestamp is too long. Thread-safe.
std::optional<std::string> DecryptPraxis13Field(absl::string_view encrypted,
                                                absl::string_view merchant_secret,
                                                absl::string_view timestamp);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS13_CIPHER_H_
