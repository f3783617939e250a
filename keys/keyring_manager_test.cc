#include "keys/keyring_manager.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/keyring_document.h"
#include "keys/testing/keyring_manager_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using SaveFault = FakeKeyringStore::SaveFault;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

using KeyringManagerTest = KeyringManagerFixture;

TEST_F(KeyringManagerTest, CreateMakesVersionOneOfEveryPurpose) {
  const auto manager = Unsealed();
  const auto keyring = *holder_.Snapshot();
  EXPECT_EQ(keyring->vault_id(), "vault-1");
  const std::vector<KeyVersionInfo> inventory = keyring->Inventory();
  ASSERT_EQ(inventory.size(), AllPurposes().size());
  for (size_t i = 0; i < inventory.size(); ++i) {
    EXPECT_EQ(inventory[i].purpose, AllPurposes()[i]);
    EXPECT_EQ(inventory[i].version, 1u);
    EXPECT_EQ(inventory[i].state, KeyState::kActive);
    EXPECT_EQ(inventory[i].create_time, clock_.Now());
    EXPECT_EQ(inventory[i].check_value.size(), 6u);
    const bool aead = AlgorithmOf(inventory[i].purpose) == KeyAlgorithm::kAes256Gcm;
    EXPECT_EQ(inventory[i].max_uses, aead ? 1000u : 0u);
    EXPECT_EQ(inventory[i].reserved_uses, aead ? kBlock : 0u);
  }
}

// As a release left it that did not know the purpose.
TEST_F(KeyringManagerTest, UnsealMakesTheFirstVersionOfAPurposeThatIsMissing) {
  auto manager = Manager();
  ASSERT_THAT(manager->Create(vault_id_, *kek_), IsOk());
  auto document = OpenKeyringDocument(*store_->document(), *kek_);
  ASSERT_THAT(document, IsOk());
  ASSERT_EQ(document->entries.back().info.purpose, KeyPurpose::kAuditSigning);
  document->entries.pop_back();
  store_->Tamper(SerializeKeyringDocument(*document));

  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  const auto key = (*holder_.Snapshot())->ActiveSigningKey();
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->version(), 1u);
  const KeyringChange change = store_->last_change();
  ASSERT_EQ(change.activated.size(), 1u);
  EXPECT_EQ(change.activated[0].purpose, KeyPurpose::kAuditSigning);
  EXPECT_EQ(change.activated[0].version, 1u);

  // It is there from then on.
  const Ed25519PublicKey public_key = (*key)->public_key();
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ((*(*holder_.Snapshot())->ActiveSigningKey())->public_key(), public_key);
}

TEST_F(KeyringManagerTest, CreateRefusesWhereThereIsOneAlready) {
  const auto manager = Manager();
  ASSERT_THAT(manager->Create(vault_id_, *kek_), IsOk());
  const auto before = store_->document();
  EXPECT_THAT(manager->Create(vault_id_, *kek_), StatusIs(kPrecondition));
  EXPECT_EQ(store_->document(), before);
}

TEST_F(KeyringManagerTest, CreateRefusesWhereTheAuditLogKnowsOne) {
  const auto manager = Manager();
  ASSERT_THAT(manager->Create(vault_id_, *kek_), IsOk());
  store_->Tamper(std::nullopt);
  EXPECT_THAT(manager->Create(vault_id_, *kek_), StatusIs(kPrecondition));
  EXPECT_EQ(store_->document(), std::nullopt);
}

TEST_F(KeyringManagerTest, CreateDoesNotUnseal) {
  const auto manager = Manager();
  ASSERT_THAT(manager->Create(vault_id_, *kek_), IsOk());
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
}

TEST_F(KeyringManagerTest, UnsealFindsTheSameKeysAgain) {
  auto manager = Unsealed();
  const std::string sealed = PanKey()->Seal("text", "row").value();
  const std::string mac =
      (*(*holder_.Snapshot())->ActiveMac(KeyPurpose::kTokenMac))->Mac({"use", "part"});
  manager = nullptr;
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_THAT(PanKey()->Open(sealed, "row"), IsOk());
  EXPECT_TRUE(
      (*(*holder_.Snapshot())->ActiveMac(KeyPurpose::kTokenMac))->Verify({"use", "part"}, mac));
}

TEST_F(KeyringManagerTest, UnsealSaysWhenThereIsNone) {
  EXPECT_THAT(Manager()->Unseal(kek_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(KeyringManagerTest, UnsealTwiceChangesNothing) {
  const auto manager = Unsealed();
  const uint64_t saves = store_->save_count();
  EXPECT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ(store_->save_count(), saves);
}

TEST_F(KeyringManagerTest, UnsealRefusesWhenTheDocumentIsGone) {
  Unsealed().reset();
  store_->Tamper(std::nullopt);
  const absl::Status status = Manager()->Unseal(kek_);
  EXPECT_THAT(status, StatusIs(kDataLoss));
  EXPECT_EQ(TextOf(status), "the keyring is gone: the audit log knows one");
}

// An old keyring would bring back destroyed keys and spent uses.
TEST_F(KeyringManagerTest, UnsealRefusesAnOlderDocumentPutBack) {
  auto manager = Unsealed();
  const auto old = store_->document();
  manager = nullptr;
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  manager = nullptr;
  store_->Tamper(old);
  const absl::Status status = Manager()->Unseal(kek_);
  EXPECT_THAT(status, StatusIs(kDataLoss));
  EXPECT_EQ(TextOf(status), "the keyring is older than the audit log's: an old one was put back");
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
}

// K2: a sandbox's keyring under production, and the reverse.
TEST_F(KeyringManagerTest, UnsealRefusesAnotherMode) {
  Unsealed().reset();
  for (const uint32_t mode : {0u, 1u, 3u}) {
    KeyringManager::Options options = Options();
    options.mode = mode;
    EXPECT_THAT(Manager(options)->Unseal(kek_), StatusIs(kPrecondition, ErrorReason::kMode));
  }
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(Manager()->Unseal(kek_), IsOk());
}

// K8
TEST_F(KeyringManagerTest, UnsealRefusesAnEditedDocument) {
  Unsealed().reset();
  const std::string good = *store_->document();
  for (size_t i = 0; i < good.size(); i += 13) {
    std::string bad = good;
    bad[i] ^= 1;
    store_->Tamper(bad);
    EXPECT_THAT(Manager()->Unseal(kek_), StatusIs(kDataLoss, ErrorReason::kRecordCorrupt)) << i;
  }
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  store_->Tamper(good);
  EXPECT_THAT(Manager()->Unseal(kek_), IsOk());
}

// K2, K8
TEST_F(KeyringManagerTest, UnsealRefusesAnotherKek) {
  Unsealed().reset();
  KeyringManager manager(*store_, holder_, clock_, Options());
  EXPECT_THAT(manager.Unseal(std::make_shared<FakeKekProvider>("another KEK for tests")),
              StatusIs(kDataLoss));
}

TEST_F(KeyringManagerTest, UnsealSaysWhenTheProviderDoesNotAnswer) {
  Unsealed().reset();
  const auto failing = std::make_shared<FailingKekProvider>();
  KeyringManager manager(*store_, holder_, clock_, Options());
  EXPECT_THAT(manager.Unseal(failing), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(manager.Create(vault_id_, *failing), StatusIs(kPrecondition));
}

// The uses must be on disk before the first key can be used.
TEST_F(KeyringManagerTest, UnsealFailsWhenTheReservationCannotBeSaved) {
  Unsealed().reset();
  store_->SetSaveFault(SaveFault::kNotSaved);
  const auto manager = Manager();
  EXPECT_THAT(manager->Unseal(kek_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_THAT(manager->Unseal(kek_), IsOk());
}

}  // namespace
}  // namespace cardvault
