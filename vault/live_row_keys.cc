#include "vault/live_row_keys.h"

#include "base/protections.h"
#include "keys/key_purpose.h"
#include "keys/mac_key.h"

namespace cardvault {

absl::StatusOr<LiveRowKeys> LiveRowKeys::Open(const Keyring& keyring) {
  RETURN_IF_ERROR(keyring.ActiveMac(KeyPurpose::kRowIndex).status());
  std::vector<RowKeys> versions;
  for (std::shared_ptr<const MacKey>& key : keyring.LiveMacs(KeyPurpose::kRowIndex)) {
    versions.emplace_back(std::move(key));
    if (ProtectionIsOff(Protection::kDualLookup)) break;
  }
  return LiveRowKeys(std::move(versions));
}

bool LiveRowKeys::IsCurrent(const Keyring& keyring) const {
  return keyring.IsActive(KeyPurpose::kRowIndex, active_version());
}

}  // namespace cardvault
