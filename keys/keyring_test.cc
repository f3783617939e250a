#include "keys/keyring.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_material.h"
#include "keys/signing_key.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using testing::ElementsAre;

constexpr KeyPurpose kAead = KeyPurpose::kPan;
constexpr KeyPurpose kMac = KeyPurpose::kTokenMac;

// A version of `purpose` with a key of its own.
Keyring::Version MakeVersion(KeyPurpose purpose, uint32_t number, KeyState state) {
  Keyring::Version version;
  version.info.purpose = purpose;
  version.info.version = number;
  version.info.state = state;
  auto material = *KeyMaterial::Generate();
  switch (AlgorithmOf(purpose)) {
    case KeyAlgorithm::kAes256Gcm:
      version.aead = std::make_shared<const AeadKey>(number, std::move(material), nullptr);
      break;
    case KeyAlgorithm::kHmacSha256:
      version.mac = std::make_shared<const MacKey>(number, std::move(material));
      break;
    case KeyAlgorithm::kEd25519:
      version.signing = *SigningKey::FromSeed(number, *material);
      version.info.public_key = version.signing->public_key();
  }
  if (state == KeyState::kDestroyed) return {.info = version.info};
  return version;
}

// One version in each state, numbered as the states are.
std::vector<Keyring::Version> OneInEachState(KeyPurpose purpose) {
  std::vector<Keyring::Version> versions;
  for (uint32_t number = 1; number <= 5; ++number) {
    versions.push_back(MakeVersion(purpose, number, static_cast<KeyState>(number)));
  }
  return versions;
}

TEST(KeyringTest, ActiveIsTheActiveVersion) {
  const Keyring aeads("v", 4, OneInEachState(kAead));
  EXPECT_EQ(aeads.vault_id(), "v");
  EXPECT_EQ(aeads.revision(), 4u);
  ASSERT_THAT(aeads.ActiveAead(kAead), IsOk());
  EXPECT_EQ((*aeads.ActiveAead(kAead))->version(), 2u);
  const Keyring macs("v", 4, OneInEachState(kMac));
  ASSERT_THAT(macs.ActiveMac(kMac), IsOk());
  EXPECT_EQ((*macs.ActiveMac(kMac))->version(), 2u);
}

TEST(KeyringTest, ActiveFailsWhenNoVersionIsActive) {
  const Keyring empty("v", 1, {});
  EXPECT_THAT(empty.ActiveAead(kAead),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(empty.ActiveMac(kMac),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  std::vector<Keyring::Version> versions;
  versions.push_back(MakeVersion(kAead, 1, KeyState::kDeactivated));
  const Keyring retired("v", 1, std::move(versions));
  EXPECT_THAT(retired.ActiveAead(kAead),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
}

// K6: opens under the middle three states.
TEST(KeyringTest, VersionFollowsTheState) {
  const Keyring aeads("v", 1, OneInEachState(kAead));
  const Keyring macs("v", 1, OneInEachState(kMac));
  for (uint32_t number = 0; number <= 6; ++number) {
    const auto aead = aeads.AeadVersion(kAead, number);
    const auto mac = macs.MacVersion(kMac, number);
    if (number >= 2 && number <= 4) {
      ASSERT_THAT(aead, IsOk());
      EXPECT_EQ((*aead)->version(), number);
      ASSERT_THAT(mac, IsOk());
      EXPECT_EQ((*mac)->version(), number);
    } else if (number == 5) {
      EXPECT_THAT(aead,
                  StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kKeyDestroyed));
      EXPECT_THAT(mac, StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kKeyDestroyed));
    } else {  // pre-active, and those that never were
      EXPECT_THAT(aead, StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
      EXPECT_THAT(mac, StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
    }
  }
}

TEST(KeyringTest, PurposesDoNotMix) {
  const Keyring keyring("v", 1, OneInEachState(kAead));
  EXPECT_THAT(keyring.AeadVersion(KeyPurpose::kProfile, 2), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(keyring.IsActive(KeyPurpose::kProfile, 2));
}

TEST(KeyringTest, LiveMacsAreTheActiveThenTheOthersNewestFirst) {
  std::vector<Keyring::Version> versions;
  versions.push_back(MakeVersion(kMac, 1, KeyState::kDestroyed));
  versions.push_back(MakeVersion(kMac, 2, KeyState::kCompromised));
  versions.push_back(MakeVersion(kMac, 3, KeyState::kActive));
  versions.push_back(MakeVersion(kMac, 4, KeyState::kDeactivated));
  versions.push_back(MakeVersion(kMac, 5, KeyState::kPreActive));
  const Keyring keyring("v", 1, std::move(versions));
  std::vector<uint32_t> numbers;
  for (const auto& mac : keyring.LiveMacs(kMac)) numbers.push_back(mac->version());
  EXPECT_THAT(numbers, ElementsAre(3, 4, 2));
  EXPECT_TRUE(keyring.LiveMacs(KeyPurpose::kCursor).empty());
}

TEST(KeyringTest, SigningKeysAreTheActiveThenTheDeactivatedNewestFirst) {
  const KeyPurpose signing = KeyPurpose::kAuditSigning;
  std::vector<Keyring::Version> versions;
  versions.push_back(MakeVersion(signing, 1, KeyState::kDestroyed));
  versions.push_back(MakeVersion(signing, 2, KeyState::kDeactivated));
  versions.push_back(MakeVersion(signing, 3, KeyState::kCompromised));
  versions.push_back(MakeVersion(signing, 4, KeyState::kDeactivated));
  versions.push_back(MakeVersion(signing, 5, KeyState::kActive));
  versions.push_back(MakeVersion(signing, 6, KeyState::kPreActive));
  const Keyring keyring("v", 1, std::move(versions));
  std::vector<uint32_t> numbers;
  for (const auto& key : keyring.LiveSigningKeys()) numbers.push_back(key->version());
  EXPECT_THAT(numbers, ElementsAre(5, 4, 2));
  const auto active = keyring.ActiveSigningKey();
  ASSERT_THAT(active, IsOk());
  EXPECT_EQ((*active)->version(), 5u);
  // Every version's public key is known, the destroyed one's too.
  for (const KeyVersionInfo& info : keyring.Inventory()) EXPECT_TRUE(info.public_key.has_value());

  const Keyring without("v", 1, {});
  EXPECT_THAT(without.ActiveSigningKey(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_TRUE(without.LiveSigningKeys().empty());
}

TEST(KeyringTest, IsActiveKnowsTheActiveVersionOnly) {
  const Keyring keyring("v", 1, OneInEachState(kAead));
  for (uint32_t number = 0; number <= 6; ++number) {
    EXPECT_EQ(keyring.IsActive(kAead, number), number == 2);
  }
}

TEST(KeyringTest, InventoryListsEveryVersionOfEveryPurpose) {
  const auto keyring = MakeTestKeyring("v", 3);
  const std::vector<KeyVersionInfo> inventory = keyring->Inventory();
  ASSERT_EQ(inventory.size(), 3 * AllPurposes().size());
  size_t i = 0;
  for (const KeyPurpose purpose : AllPurposes()) {
    for (uint32_t number = 1; number <= 3; ++number, ++i) {
      EXPECT_EQ(inventory[i].purpose, purpose);
      EXPECT_EQ(inventory[i].version, number);
      EXPECT_EQ(inventory[i].state, number == 3 ? KeyState::kActive : KeyState::kDeactivated);
    }
  }
}

TEST(KeyringTest, TestKeyringsOfOneVaultIdOpenEachOthersBytes) {
  const auto sealed = (*MakeTestKeyring("v", 2)->ActiveAead(kAead))->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  EXPECT_THAT((*MakeTestKeyring("v", 5)->AeadVersion(kAead, 2))->Open(*sealed, "row"), IsOk());
  EXPECT_THAT((*MakeTestKeyring("w", 2)->ActiveAead(kAead))->Open(*sealed, "row"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(MakeTestKeyringWithDestroyed("v", 5, kAead, 2)->AeadVersion(kAead, 2),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kKeyDestroyed));
}

TEST(KeyringDeathTest, TwoActiveVersionsEndTheProcess) {
  std::vector<Keyring::Version> versions;
  versions.push_back(MakeVersion(kAead, 1, KeyState::kActive));
  versions.push_back(MakeVersion(kAead, 2, KeyState::kActive));
  EXPECT_DEATH(Keyring("v", 1, versions), "check failed");
}

TEST(KeyringDeathTest, OneVersionTwiceEndsTheProcess) {
  std::vector<Keyring::Version> versions;
  versions.push_back(MakeVersion(kAead, 1, KeyState::kActive));
  versions.push_back(MakeVersion(kAead, 1, KeyState::kDeactivated));
  EXPECT_DEATH(Keyring("v", 1, versions), "check failed");
}

TEST(KeyringDeathTest, AlgorithmOfAnotherPurposeEndsTheProcess) {
  const auto keyring = MakeTestKeyring("v");
  EXPECT_DEATH((void)keyring->ActiveAead(kMac), "check failed");
  EXPECT_DEATH((void)keyring->MacVersion(kAead, 1), "check failed");
}

}  // namespace
}  // namespace cardvault
