#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/error_reason.h"
#include "card/test_pans.h"
#include "forwarder/credential_rows.h"
#include "keys/key_state.h"
#include "reencryption/reencryption_fixture_for_test.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

class UnreadableRowsTest : public ReencryptionTest {
 protected:
  UnreadableRowsTest() : ReencryptionTest(own_vault_) {}

  TestVault own_vault_;
};

TEST_F(UnreadableRowsTest, RowsThatDoNotOpenAreToldOnceAndStopNothing) {
  const std::vector<Stored> cards = StoreCards(100);
  vault_.RotateKeys(2);
  const auto damage = [&](const Token& token) {
    CardRecord record = RecordOf(token);
    (*record.mutable_pan()->mutable_sealed())[14] ^= 1;
    const auto row = *vault_.engine().Get(Table::kRecords, token.binary());
    vault_.fake_engine().Plant(Table::kRecords, token.binary(), record.SerializeAsString(),
                               row->revision);
  };
  damage(cards[3].view.token);
  damage(cards[50].view.token);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kDone);
  EXPECT_EQ(job->GetProgress().failed_count, 2u);
  EXPECT_EQ(MovedByLog(), 98u);
  const std::vector<AuditLeaf> corrupt = LeavesOf(AuditAction::kRecordCorrupt);
  ASSERT_EQ(corrupt.size(), 2u);
  std::set<std::string> objects = {corrupt[0].object, corrupt[1].object};
  EXPECT_EQ(objects,
            (std::set<std::string>{cards[3].view.token.text(), cards[50].view.token.text()}));
  EXPECT_EQ(corrupt[0].reason, ErrorReason::kRecordCorrupt);
  EXPECT_EQ(LeavesOf(AuditAction::kReencryptionEnded)[0].outcome, AuditOutcome::kFailed);
  EXPECT_EQ(RecordOf(cards[3].view.token).pan().key_version(), 1u);
}

// A wrong key, say: the log is not flooded.
TEST_F(UnreadableRowsTest, SoManyRowsThatDoNotOpenEndTheJob) {
  StoreCards(60);
  vault_.RotateKeys(2);
  SetState(KeyPurpose::kPan, 1, KeyState::kDestroyed);
  const std::unique_ptr<ReencryptionJob> job =
      NewJob({.rows_per_second = 1000, .max_unreadable_rows = 25});
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kFailed);
  EXPECT_FALSE(job->GetProgress().last_error.ok());
  EXPECT_LT(LeavesOf(AuditAction::kRecordCorrupt).size(), 60u);
  EXPECT_EQ(NewJob()->GetProgress().state, ReencryptionState::kFailed);
  EXPECT_THAT(NewJob()->Start(KeyPurpose::kPan, Operator()), IsOk());  // may be tried again
}

// A fingerprint moves by any of its cards that opens.
TEST_F(UnreadableRowsTest, AFingerprintMovesBesideACardThatDoesNotOpen) {
  std::vector<Token> tokens;
  for (int i = 0; i < 2; ++i) {
    tokens.push_back(vault_.Tokenize(vault_.Card(kVisaTestPan))->view.token);
    vault_.clock().Advance(absl::Seconds(1));
  }
  for (const Token& token : {tokens[1], tokens[0]}) {  // the newest comes first in the listing
    vault_.RotateKeys(token == tokens[1] ? 2 : 3);
    CardRecord record = RecordOf(token);
    (*record.mutable_pan()->mutable_sealed())[14] ^= 1;
    vault_.fake_engine().Plant(Table::kRecords, token.binary(), record.SerializeAsString(),
                               (*vault_.engine().Get(Table::kRecords, token.binary()))->revision);
    const std::unique_ptr<ReencryptionJob> job = NewJob();
    ASSERT_THAT(job->Start(KeyPurpose::kFingerprint, Operator()), IsOk());
    RunToEnd(*job);
    EXPECT_EQ(job->GetProgress().failed_count, token == tokens[1] ? 0u : 1u);
    EXPECT_EQ(vault_.Rows(Table::kFingerprints)[0].key[3], 2);
  }
}

// Two PANs' rows that were exchanged would make one card answer for the other.
TEST_F(UnreadableRowsTest, AFingerprintRowOfAnotherCardDoesNotMove) {
  const std::vector<Stored> cards = StoreCards(2);
  std::vector<KeyedRow> pointers;
  for (const KeyedRow& row : vault_.Rows(Table::kTokenIndex)) {
    if (row.key[0] == 'p') pointers.push_back(row);
  }
  ASSERT_EQ(pointers.size(), 2u);
  std::vector<KeyedRow> rows = vault_.Rows(Table::kFingerprints);
  vault_.fake_engine().Plant(Table::kFingerprints, rows[0].key, rows[1].row.value,
                             rows[0].row.revision);
  vault_.fake_engine().Plant(Table::kFingerprints, rows[1].key, rows[0].row.value,
                             rows[1].row.revision);
  vault_.fake_engine().Plant(Table::kTokenIndex, pointers[0].key, pointers[1].row.value,
                             pointers[0].row.revision);
  vault_.fake_engine().Plant(Table::kTokenIndex, pointers[1].key, pointers[0].row.value,
                             pointers[1].row.revision);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kFingerprint, Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().failed_count, 2u);
  EXPECT_EQ(MovedByLog(), 0u);
}

TEST_F(UnreadableRowsTest, ACredentialUnderAnothersKeyDoesNotMove) {
  WriteSet set;
  ASSERT_THAT(CredentialRows::Replace(**vault_.keyring().Snapshot(),
                                      *RouteName::Parse("shop-eur", "route"), "api_secret",
                                      SecretBytes::CopyOf("secret"), vault_.clock().Now(), set),
              IsOk());
  set.leaves.push_back({.action = AuditAction::kCredentialSet});
  ASSERT_TRUE(vault_.pipeline().SubmitAndWait(std::move(set)).committed());
  const KeyedRow row = vault_.Rows(Table::kCredentials)[0];
  std::string slot_one = row.key;
  slot_one.back() = 1;
  std::string slot_two = row.key;
  slot_two.back() = 2;
  const std::string keys[] = {slot_one, slot_two, "x" + row.key, "no-slot", std::string(1, '\0')};
  for (const std::string& key : keys) {
    vault_.fake_engine().Plant(Table::kCredentials, key, row.row.value, row.row.revision);
  }
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kRouteCredential, Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().failed_count, 5u);
  EXPECT_EQ(MovedByLog(), 1u);
}

}  // namespace
}  // namespace cardvault
