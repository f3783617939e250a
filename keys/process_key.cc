#include "keys/process_key.h"

#include <utility>

#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material.h"
#include "keys/use_counter.h"

namespace cardvault {

absl::StatusOr<std::shared_ptr<const AeadKey>> NewProcessKey() {
  ASSIGN_OR_RETURN(auto material, KeyMaterial::Generate());
  // Nothing is reserved on disk: all its uses are in this process, and are counted here.
  auto counter = std::make_shared<UseCounter>(kHardMaxUses, /*low_water=*/0, nullptr);
  return std::make_shared<const AeadKey>(/*version=*/0, std::move(material), std::move(counter));
}

}  // namespace cardvault
