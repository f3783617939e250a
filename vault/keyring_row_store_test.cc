#include "vault/keyring_row_store.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/length_prefix.h"
#include "base/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/file_kek_provider.h"
#include "keys/kek_provider.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using ::testing::Eq;
using ::testing::Optional;

constexpr char kRowKey[] = "keyring";

class KeyringRowStoreTest : public ::testing::Test {
 protected:
  KeyringRowStoreTest() { Restart(); }

  // A new process on the same data.
  void Restart() {
    store_.reset();
    pipeline_.reset();
    pipeline_ = *CommitPipeline::Start(engine_, holder_, clock_, {});
    store_ = std::make_unique<KeyringRowStore>(engine_, *pipeline_);
  }

  FakeEngine data_;
  FaultInjectingEngine engine_{data_};
  KeyringHolder holder_;  // sealed: the store works without a key
  FakeClock clock_;
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<KeyringRowStore> store_;
};

TEST_F(KeyringRowStoreTest, WhatEncryptsFromThenOnHasItsEntryUnderTheAdministratorsName) {
  KeyringRowStore alices(engine_, *pipeline_,
                         AuditOrigin{"spiffe://test/operator/alice", "operator", "a:1"});
  KeyringChange change;
  change.activated = {{KeyPurpose::kPan, 2}, {KeyPurpose::kTokenMac, 7}};
  ASSERT_THAT(alices.Save("one", 1, change), IsOk());
  const auto leaf = [this](uint64_t sequence) {
    return DecodeEntry((*data_.Get(Table::kAuditLeaves, BigEndian64(sequence)))->value)->leaf;
  };
  EXPECT_EQ(leaf(0).action, AuditAction::kKeyringChanged);
  EXPECT_EQ(leaf(0).origin.principal, "spiffe://test/operator/alice");
  EXPECT_EQ(leaf(1).action, AuditAction::kKeyActivated);
  EXPECT_EQ(leaf(1).object, "pan");
  EXPECT_EQ(leaf(1).key_version, 2u);
  EXPECT_EQ(leaf(1).origin.role, "operator");
  EXPECT_EQ(leaf(2).object, "token-mac");
  EXPECT_EQ(leaf(2).key_version, 7u);
}

TEST_F(KeyringRowStoreTest, ANewVaultHasNoKeyring) {
  EXPECT_THAT(store_->Load(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(store_->LastAuditedRevision(), IsOkAndHolds(Eq(0u)));
}

TEST_F(KeyringRowStoreTest, LoadAnswersWhatWasSaved) {
  const std::string document("doc\0ument", 9);
  EXPECT_THAT(store_->Save(document, 1, {}), IsOk());
  EXPECT_THAT(store_->Load(), IsOkAndHolds(Optional(Eq(document))));
  EXPECT_THAT(store_->Save("second", 2, {}), IsOk());
  EXPECT_THAT(store_->Load(), IsOkAndHolds(Optional(Eq(std::string("second")))));
  EXPECT_THAT(store_->LastAuditedRevision(), IsOkAndHolds(Eq(2u)));
  Restart();
  EXPECT_THAT(store_->Load(), IsOkAndHolds(Optional(Eq(std::string("second")))));
  EXPECT_THAT(store_->LastAuditedRevision(), IsOkAndHolds(Eq(2u)));
}

TEST_F(KeyringRowStoreTest, EveryRevisionIsAudited) {
  EXPECT_THAT(store_->Save("one", 1, {}), IsOk());
  EXPECT_THAT(store_->Save("two", 2, {}), IsOk());
  for (uint64_t i = 0; i < 2; ++i) {
    const absl::StatusOr<AuditEntry> entry =
        DecodeEntry((*data_.Get(Table::kAuditLeaves, BigEndian64(i)))->value);
    ASSERT_THAT(entry, IsOk());
    EXPECT_EQ(entry->leaf.action, AuditAction::kKeyringChanged);
    EXPECT_EQ(entry->leaf.object, absl::StrCat(i + 1));
  }
}

TEST_F(KeyringRowStoreTest, SaveRefusesAnyRevisionButTheNext) {
  const auto aborted = StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision);
  EXPECT_THAT(store_->Save("x", 0, {}), aborted);
  EXPECT_THAT(store_->Save("x", 2, {}), aborted);
  EXPECT_THAT(store_->Save("one", 1, {}), IsOk());
  EXPECT_THAT(store_->Save("x", 1, {}), aborted);
  EXPECT_THAT(store_->Save("x", 3, {}), aborted);
  EXPECT_THAT(store_->Load(), IsOkAndHolds(Optional(Eq(std::string("one")))));
  EXPECT_EQ(pipeline_->audit_entry_count(), 1u);
}

TEST_F(KeyringRowStoreTest, ASaveThatIsNotWrittenChangesNothing) {
  EXPECT_THAT(store_->Save("one", 1, {}), IsOk());
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_THAT(store_->Save("two", 2, {}),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_THAT(store_->LastAuditedRevision(), IsOkAndHolds(Eq(1u)));
  EXPECT_THAT(store_->Save("two again", 2, {}), IsOk());
  EXPECT_THAT(store_->Load(), IsOkAndHolds(Optional(Eq(std::string("two again")))));
}

TEST_F(KeyringRowStoreTest, AnOlderDocumentPutBackIsNotSavedOver) {
  EXPECT_THAT(store_->Save("one", 1, {}), IsOk());
  const Row older = **data_.Get(Table::kKeys, kRowKey);
  EXPECT_THAT(store_->Save("two", 2, {}), IsOk());
  data_.Plant(Table::kKeys, kRowKey, older.value, older.revision);
  Restart();
  EXPECT_THAT(store_->LastAuditedRevision(), IsOkAndHolds(Eq(2u)));
  EXPECT_THAT(store_->Save("fork", 2, {}), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(KeyringRowStoreTest, ADeletedDocumentIsNotMadeAnew) {
  EXPECT_THAT(store_->Save("one", 1, {}), IsOk());
  data_.Remove(Table::kKeys, kRowKey);
  Restart();
  EXPECT_THAT(store_->LastAuditedRevision(), IsOkAndHolds(Eq(1u)));
  EXPECT_THAT(store_->Save("anew", 1, {}), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(KeyringRowStoreTest, ADocumentThatTheLogDoesNotKnowIsDataLoss) {
  EXPECT_THAT(store_->Save("one", 1, {}), IsOk());
  EXPECT_THAT(store_->Save("two", 2, {}), IsOk());
  data_.Remove(Table::kAuditLeaves, BigEndian64(1));  // the log was cut
  Restart();
  EXPECT_THAT(store_->Load(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(KeyringRowStoreTest, ADamagedRowIsDataLoss) {
  data_.Plant(Table::kKeys, kRowKey, "short", 0);
  EXPECT_THAT(store_->Load(), StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
}

// With the manager above it: the keyring of a real vault.
class KeyringOfAVaultTest : public KeyringRowStoreTest {
 protected:
  KeyringOfAVaultTest() {
    EXPECT_THAT(CreateKekFile(directory_.File("kek")), IsOk());
    kek_ = *OpenKekFile(directory_.File("kek"));
  }

  std::unique_ptr<KeyringManager> Manager() {
    return std::make_unique<KeyringManager>(*store_, holder_, clock_, KeyringManager::Options());
  }

  TempDir directory_;
  std::shared_ptr<KekProvider> kek_;
};

TEST_F(KeyringOfAVaultTest, IsMadeWhileSealedAndUnsealedAfterARestart) {
  EXPECT_THAT(Manager()->Create(*VaultId::Parse("vault-a", "vault_id"), *kek_), IsOk());
  Restart();
  const std::unique_ptr<KeyringManager> manager = Manager();
  EXPECT_THAT(manager->Unseal(kek_), IsOk());
  const absl::StatusOr<std::shared_ptr<const Keyring>> keyring = holder_.Snapshot();
  ASSERT_THAT(keyring, IsOk());
  EXPECT_EQ((*keyring)->vault_id(), "vault-a");
  EXPECT_EQ((*keyring)->revision(), *store_->LastAuditedRevision());
}

// K8, section 5: an older keyring put back, alone, is refused by name.
TEST_F(KeyringOfAVaultTest, AnOlderOnePutBackIsRefused) {
  EXPECT_THAT(Manager()->Create(*VaultId::Parse("vault-a", "vault_id"), *kek_), IsOk());
  const Row older = **data_.Get(Table::kKeys, kRowKey);
  EXPECT_THAT(Manager()->Unseal(kek_), IsOk());  // reserves uses: a newer revision
  ASSERT_GT(*store_->LastAuditedRevision(), 1u);
  holder_.Seal();

  data_.Plant(Table::kKeys, kRowKey, older.value, older.revision);
  Restart();
  const absl::Status status = Manager()->Unseal(kek_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  EXPECT_TRUE(absl::StrContains(std::string(status.message()), "older"));
  EXPECT_THAT(holder_.Snapshot(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Nor does it help to change the revision that stands before the document.
TEST_F(KeyringOfAVaultTest, AnOlderOneUnderANewNumberIsRefused) {
  EXPECT_THAT(Manager()->Create(*VaultId::Parse("vault-a", "vault_id"), *kek_), IsOk());
  const Row older = **data_.Get(Table::kKeys, kRowKey);
  EXPECT_THAT(Manager()->Unseal(kek_), IsOk());
  holder_.Seal();
  const Row newest = **data_.Get(Table::kKeys, kRowKey);

  data_.Plant(Table::kKeys, kRowKey, newest.value.substr(0, 8) + older.value.substr(8),
              newest.revision);
  Restart();
  EXPECT_THAT(Manager()->Unseal(kek_), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
