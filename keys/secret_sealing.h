#ifndef CARDVAULT_KEYS_SECRET_SEALING_H_
#define CARDVAULT_KEYS_SECRET_SEALING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/aead_key.h"

namespace cardvault {

// AeadKey::Seal for rooms that hold a secret without being able to read it. Thread-safe.
absl::StatusOr<std::string> SealSecret(const AeadKey& key, const SecretBytes& secret,
                                       absl::string_view associated_data);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_SECRET_SEALING_H_
