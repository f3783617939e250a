#include "keys/keyring.h"

#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status CheckCanOpen(const Keyring::Version* version) {
  if (version == nullptr || version->info.state == KeyState::kPreActive) {
    // A version that is not active yet has sealed nothing.
    return DataLoss("sealed under a key version that never was");
  }
  if (!CanDecrypt(version->info.state)) {
    return FailedPrecondition(ErrorReason::kKeyDestroyed, "the key version is destroyed");
  }
  return absl::OkStatus();
}

absl::Status NoActiveKey() {
  return FailedPrecondition(ErrorReason::kVaultSealed, "the keyring has no active key for this");
}

}  // namespace

Keyring::Keyring(std::string vault_id, uint64_t revision, std::vector<Version> versions,
                 std::vector<KekVersionInfo> keks)
    : vault_id_(std::move(vault_id)), revision_(revision), keks_(std::move(keks)) {
  for (Version& version : versions) {
    const KeyVersionInfo& info = version.info;
    const bool destroyed = info.state == KeyState::kDestroyed;
    const KeyAlgorithm algorithm = AlgorithmOf(info.purpose);
    const auto is = [&](KeyAlgorithm of) { return algorithm == of && !destroyed; };
    CV_CHECK((version.aead != nullptr) == is(KeyAlgorithm::kAes256Gcm));
    CV_CHECK((version.mac != nullptr) == is(KeyAlgorithm::kHmacSha256));
    CV_CHECK((version.signing != nullptr) == is(KeyAlgorithm::kEd25519));
    CV_CHECK(info.public_key.has_value() == (algorithm == KeyAlgorithm::kEd25519));
    if (CanEncrypt(info.state)) {
      CV_CHECK(active_.emplace(info.purpose, info.version).second);  // one a purpose
    }
    std::map<uint32_t, Version>& of_purpose = versions_[info.purpose];
    const uint32_t number = info.version;
    CV_CHECK(of_purpose.emplace(number, std::move(version)).second);
  }
}

const Keyring::Version* Keyring::Find(KeyPurpose purpose, uint32_t version) const {
  const auto of_purpose = versions_.find(purpose);
  if (of_purpose == versions_.end()) return nullptr;
  const auto found = of_purpose->second.find(version);
  return found == of_purpose->second.end() ? nullptr : &found->second;
}

const Keyring::Version* Keyring::FindActive(KeyPurpose purpose) const {
  const auto active = active_.find(purpose);
  return active == active_.end() ? nullptr : Find(purpose, active->second);
}

absl::StatusOr<std::shared_ptr<const AeadKey>> Keyring::ActiveAead(KeyPurpose purpose) const {
  CV_CHECK(AlgorithmOf(purpose) == KeyAlgorithm::kAes256Gcm);
  const Version* const version = FindActive(purpose);
  if (version == nullptr) return NoActiveKey();
  return version->aead;
}

absl::StatusOr<std::shared_ptr<const MacKey>> Keyring::ActiveMac(KeyPurpose purpose) const {
  CV_CHECK(AlgorithmOf(purpose) == KeyAlgorithm::kHmacSha256);
  const Version* const version = FindActive(purpose);
  if (version == nullptr) return NoActiveKey();
  return version->mac;
}

absl::StatusOr<std::shared_ptr<const AeadKey>> Keyring::AeadVersion(KeyPurpose purpose,
                                                                    uint32_t version) const {
  CV_CHECK(AlgorithmOf(purpose) == KeyAlgorithm::kAes256Gcm);
  const Version* const found = Find(purpose, version);
  RETURN_IF_ERROR(CheckCanOpen(found));
  return found->aead;
}

absl::StatusOr<std::shared_ptr<const MacKey>> Keyring::MacVersion(KeyPurpose purpose,
                                                                  uint32_t version) const {
  CV_CHECK(AlgorithmOf(purpose) == KeyAlgorithm::kHmacSha256);
  const Version* const found = Find(purpose, version);
  RETURN_IF_ERROR(CheckCanOpen(found));
  return found->mac;
}

std::vector<std::shared_ptr<const MacKey>> Keyring::LiveMacs(KeyPurpose purpose) const {
  CV_CHECK(AlgorithmOf(purpose) == KeyAlgorithm::kHmacSha256);
  std::vector<std::shared_ptr<const MacKey>> live;
  const Version* const active = FindActive(purpose);
  if (active != nullptr) live.push_back(active->mac);
  const auto of_purpose = versions_.find(purpose);
  if (of_purpose == versions_.end()) return live;
  for (auto it = of_purpose->second.rbegin(); it != of_purpose->second.rend(); ++it) {
    if (&it->second != active && CanDecrypt(it->second.info.state)) live.push_back(it->second.mac);
  }
  return live;
}

absl::StatusOr<std::shared_ptr<const SigningKey>> Keyring::ActiveSigningKey() const {
  const Version* const version = FindActive(KeyPurpose::kAuditSigning);
  if (version == nullptr) return NoActiveKey();
  return version->signing;
}

std::vector<std::shared_ptr<const SigningKey>> Keyring::LiveSigningKeys() const {
  std::vector<std::shared_ptr<const SigningKey>> live;
  const Version* const active = FindActive(KeyPurpose::kAuditSigning);
  if (active != nullptr) live.push_back(active->signing);
  const auto of_purpose = versions_.find(KeyPurpose::kAuditSigning);
  if (of_purpose == versions_.end()) return live;
  for (auto it = of_purpose->second.rbegin(); it != of_purpose->second.rend(); ++it) {
    if (it->second.info.state == KeyState::kDeactivated) live.push_back(it->second.signing);
  }
  return live;
}

bool Keyring::IsActive(KeyPurpose purpose, uint32_t version) const {
  const auto active = active_.find(purpose);
  return active != active_.end() && active->second == version;
}

std::vector<KeyVersionInfo> Keyring::Inventory() const {
  std::vector<KeyVersionInfo> inventory;
  for (const auto& [purpose, of_purpose] : versions_) {
    for (const auto& [number, version] : of_purpose) inventory.push_back(version.info);
  }
  return inventory;
}

}  // namespace cardvault
