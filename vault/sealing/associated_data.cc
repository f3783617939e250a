#include "vault/sealing/associated_data.h"

#include "base/length_prefix.h"

namespace cardvault {

std::string AssociatedDataOf(const SealedPlace& place) {
  return LengthPrefixed({"cardvault card field", BigEndian32(place.format_version), place.vault_id,
                         place.merchant.value(), place.token.text(), place.field,
                         BigEndian32(place.key_version)});
}

}  // namespace cardvault
