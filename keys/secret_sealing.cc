#include "keys/secret_sealing.h"

#include "base/access/secret_bytes_access.h"

namespace cardvault {

absl::StatusOr<std::string> SealSecret(const AeadKey& key, const SecretBytes& secret,
                                       absl::string_view associated_data) {
  return key.Seal(SecretBytesAccess::View(secret), associated_data);
}

}  // namespace cardvault
