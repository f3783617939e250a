#include "keys/custody/custody_kek_provider.h"

#include "keys/gcm_kek_provider.h"

namespace cardvault {

std::unique_ptr<KekProvider> NewCustodyKekProvider(const std::shared_ptr<const KeyMaterial>& kek) {
  return NewGcmKekProvider("custody", "cardvault custody kek wrap v1", kek);
}

}  // namespace cardvault
