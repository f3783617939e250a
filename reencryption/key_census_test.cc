#include "reencryption/key_census.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "card/test_pans.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/credential_rows.h"
#include "keys/key_state.h"
#include "reencryption/reencryption_fixture_for_test.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using storage::v1::ChangeContent;
using storage::v1::ChangeRow;
using storage::v1::EnumerationRow;
using storage::v1::PaymentRecord;

class KeyCensusTest : public ReencryptionTest {
 protected:
  KeyCensusTest() : ReencryptionTest(own_vault_) {}

  absl::StatusOr<KeyCensus> Take() {
    return KeyCensus::Take(vault_.engine(), vault_.pipeline(), vault_.keyring(), Operator(),
                           [] { return false; });
  }

  void Expect(const KeyCensus& census, KeyPurpose purpose, uint32_t version, uint64_t records,
              uint64_t traces) {
    EXPECT_EQ(census.Of(purpose, version).records, records) << PurposeName(purpose) << version;
    EXPECT_EQ(census.Of(purpose, version).traces, traces) << PurposeName(purpose) << version;
  }

  TestVault own_vault_;
};

// K6
TEST_F(KeyCensusTest, CountsWhatRestsUnderEachVersion) {
  std::vector<Stored> cards = StoreCards(5);
  vault_.RotateKeys(2);
  const std::vector<Stored> newer = StoreCards(3);
  ASSERT_THAT(vault_.Delete(cards[0].view.token), IsOk());
  PaymentRecord payment;
  payment.set_format_version(1);
  payment.set_digest_key_version(1);
  own_vault_.fake_engine().Plant(Table::kPayments, "p-payment", payment.SerializeAsString(), 1);
  own_vault_.fake_engine().Plant(Table::kPayments, "o-open", "", 1);
  own_vault_.fake_engine().Plant(Table::kPayments,
                                 absl::StrCat("i", BigEndian32(1), std::string(32, 'x')), "", 1);

  const absl::StatusOr<KeyCensus> census = Take();
  ASSERT_THAT(census, IsOk());
  Expect(*census, KeyPurpose::kPan, 1, 4, 0);
  Expect(*census, KeyPurpose::kPan, 2, 3, 0);
  Expect(*census, KeyPurpose::kProfile, 1, 4, 0);
  Expect(*census, KeyPurpose::kTokenMac, 1, 4, 1);  // a tombstone
  Expect(*census, KeyPurpose::kTokenMac, 2, 3, 0);
  Expect(*census, KeyPurpose::kFingerprint, 1, 4, 4 + 5);  // pointers, the guard's entries
  Expect(*census, KeyPurpose::kFingerprint, 2, 3, 3 + 3);
  Expect(*census, KeyPurpose::kRequestDigest, 1, 5 + 1, 0);
  Expect(*census, KeyPurpose::kRequestDigest, 2, 3, 0);
  Expect(*census, KeyPurpose::kCursor, 1, 0, 0);
  Expect(*census, KeyPurpose::kRouteCredential, 1, 0, 0);
  EXPECT_EQ(census->unreadable_rows(), 0u);
  uint64_t rows = 0;
  for (const Table table :
       {Table::kRecords, Table::kTokenIndex, Table::kFingerprints, Table::kEnumeration,
        Table::kIdempotency, Table::kPayments, Table::kCredentials}) {
    rows += vault_.Rows(table).size();
  }
  EXPECT_EQ(census->scanned_rows(), rows);
  // A card's listing row by merchant; requests and rows of the guard are forgotten by themselves.
  Expect(*census, KeyPurpose::kRowIndex, 1, 4 + 1, 5 + 5);
  Expect(*census, KeyPurpose::kRowIndex, 2, 3, 3 + 3);
  EXPECT_EQ(census->audit_entry_count(), vault_.pipeline().audit_entry_count());
  const AuditLeaf last = vault_.Leaves().back();
  EXPECT_EQ(last.action, AuditAction::kAdminRead);
  EXPECT_EQ(last.object, "key census");
  EXPECT_EQ(last.origin.principal, Operator().principal);
}

TEST_F(KeyCensusTest, AVersionIsProvedUnusedOnceEverythingMoved) {
  StoreCards(30);
  for (const KeyPurpose purpose : {KeyPurpose::kPan, KeyPurpose::kProfile}) {
    EXPECT_FALSE(Take()->ProvesUnused(purpose, 1));
  }
  vault_.RotateKeys(2);
  for (const KeyPurpose purpose : {KeyPurpose::kPan, KeyPurpose::kProfile}) {
    EXPECT_FALSE(Take()->ProvesUnused(purpose, 1));
    Reencrypt(purpose);
    EXPECT_TRUE(Take()->ProvesUnused(purpose, 1));
    EXPECT_FALSE(Take()->ProvesUnused(purpose, 2));
  }
  EXPECT_TRUE(Take()->ProvesUnused(KeyPurpose::kCursor, 1));
  EXPECT_TRUE(Take()->ProvesUnused(KeyPurpose::kAuditSigning, 1));
  EXPECT_TRUE(Take()->ProvesUnused(KeyPurpose::kRouteCredential, 1));
  EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kTokenMac, 1));
  EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kRequestDigest, 1));
}

// A new credential that waits for its approval opens then, or the approval is worth nothing.
TEST_F(KeyCensusTest, AnOpenChangesSecretKeepsTheCredentialKey) {
  ChangeContent content;
  content.set_secret_key_version(1);
  ChangeRow open;
  open.set_format_version(1);
  open.set_content(content.SerializeAsString());
  open.set_sealed_secret("sealed");
  ChangeRow ended = open;
  ended.clear_sealed_secret();
  FakeEngine& engine = own_vault_.fake_engine();
  engine.Plant(Table::kPolicy, "change/ended", ended.SerializeAsString(), 1);
  engine.Plant(Table::kPolicy, "roles", "no row of a change", 1);
  vault_.RotateKeys(2);
  EXPECT_TRUE(Take()->ProvesUnused(KeyPurpose::kRouteCredential, 1));

  engine.Plant(Table::kPolicy, "change/open", open.SerializeAsString(), 1);
  absl::StatusOr<KeyCensus> census = Take();
  ASSERT_THAT(census, IsOk());
  Expect(*census, KeyPurpose::kRouteCredential, 1, 0, 1);
  Expect(*census, KeyPurpose::kRouteCredential, 2, 0, 0);
  EXPECT_FALSE(census->ProvesUnused(KeyPurpose::kRouteCredential, 1));

  // Which version an unreadable one needs, nobody knows.
  open.set_content("\xff");
  engine.Plant(Table::kPolicy, "change/open", open.SerializeAsString(), 1);
  census = Take();
  ASSERT_THAT(census, IsOk());
  EXPECT_EQ(census->unreadable_rows(), 1u);
  EXPECT_FALSE(census->ProvesUnused(KeyPurpose::kRouteCredential, 1));
}

// An active version with nothing under it may get something at any time.
TEST_F(KeyCensusTest, AnActiveVersionIsNeverProvedUnused) {
  EXPECT_EQ(Take()->Of(KeyPurpose::kPan, 1).all(), 0u);
  EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kPan, 1));
}

// The guard's entries keep a version for their window: destroyed, it would take from a merchant the
// cards that he may offer again. No guesser gets a fresh count from a rotation.
TEST_F(KeyCensusTest, TheGuardsEntriesKeepAFingerprintKeyForTheirWindowAndCountThroughARotation) {
  const std::vector<std::string> pans = PansSharingEnds(12);
  for (int i = 0; i < 6; ++i) ASSERT_THAT(vault_.Tokenize(vault_.Card(pans[i])), IsOk());
  vault_.RotateKeys(2);
  for (int i = 6; i < 10; ++i) ASSERT_THAT(vault_.Tokenize(vault_.Card(pans[i])), IsOk());
  const auto enumeration =
      StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kEnumeration);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[10])), enumeration);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[0])), IsOk());  // known under the earlier version
  Reencrypt(KeyPurpose::kFingerprint);
  const absl::StatusOr<KeyCensus> census = Take();
  ASSERT_THAT(census, IsOk());
  EXPECT_EQ(census->Of(KeyPurpose::kFingerprint, 1).all(), 6u);
  EXPECT_FALSE(census->ProvesUnused(KeyPurpose::kFingerprint, 1));
  // Even without its key the count stands.
  SetState(KeyPurpose::kFingerprint, 1, KeyState::kDestroyed);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[11])), enumeration);
}

TEST_F(KeyCensusTest, RowsThatCannotBeReadProveNothing) {
  StoreCards(3);
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kPan);
  ASSERT_TRUE(Take()->ProvesUnused(KeyPurpose::kPan, 1));
  for (const Table table : {Table::kRecords, Table::kFingerprints, Table::kEnumeration,
                            Table::kIdempotency, Table::kCredentials}) {
    own_vault_.fake_engine().Plant(table, "odd", "\xff", 1);
    EXPECT_EQ(Take()->unreadable_rows(), 1u);
    EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kPan, 1));
    own_vault_.fake_engine().Remove(table, "odd");
  }
}

// Entries of unknown versions, as rows of an earlier build have them, may be under any.
TEST_F(KeyCensusTest, AnUnknownVersionProvesNothing) {
  vault_.RotateKeys(2);
  ASSERT_TRUE(Take()->ProvesUnused(KeyPurpose::kFingerprint, 1));
  EnumerationRow row;
  row.add_seen()->set_pan_mac("12345678");
  own_vault_.fake_engine().Plant(
      Table::kEnumeration, absl::StrCat(BigEndian32(2), std::string(32, 'x')), EncodeRow(row), 1);
  EXPECT_FALSE(Take()->ProvesUnused(KeyPurpose::kFingerprint, 1));
}

TEST_F(KeyCensusTest, ASealedVaultIsNotCounted) {
  vault_.keyring().Seal();
  EXPECT_THAT(Take(), StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
}

// Without its entry in the log the census has no place in the order of commits.
TEST(KeyCensusBarrierTest, ACensusThatCannotBeLoggedIsNotTaken) {
  FakeEngine store;
  FaultInjectingEngine engine(store);
  TestVault vault(engine, {});
  engine.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_THAT(KeyCensus::Take(engine, vault.pipeline(), vault.keyring(), {"test", "", ""},
                              [] { return false; }),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
}

TEST_F(KeyCensusTest, ItEndsWhenToldTo) {
  EXPECT_THAT(KeyCensus::Take(vault_.engine(), vault_.pipeline(), vault_.keyring(), Operator(),
                              [] { return true; }),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
}

// Passes everything on, and does something before a commit, on the commit thread.
class MeddlingEngine final : public Engine {
 public:
  explicit MeddlingEngine(Engine& engine) : engine_(engine) {}

  void BeforeNextCommit(std::function<void()> meddle) { meddle_ = std::move(meddle); }

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override {
    return engine_.Get(table, key);
  }
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    return engine_.Scan(table, first_key, end_key, max_rows);
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    return engine_.Last(table);
  }
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override {
    return engine_.TakeSnapshot();
  }
  std::unique_ptr<EngineBatch> NewBatch() override { return std::make_unique<Batch>(*this); }
  absl::Status Settle() override { return engine_.Settle(); }

 private:
  class Batch final : public EngineBatch {
   public:
    explicit Batch(MeddlingEngine& owner) : owner_(owner), batch_(owner.engine_.NewBatch()) {}
    absl::StatusOr<std::optional<size_t>> FirstBroken(
        const std::vector<Precondition>& preconditions) override {
      return batch_->FirstBroken(preconditions);
    }
    void Put(Table table, absl::string_view key, absl::string_view value,
             uint64_t revision) override {
      batch_->Put(table, key, value, revision);
    }
    void Delete(Table table, absl::string_view key) override { batch_->Delete(table, key); }
    absl::Status Commit() override {
      if (owner_.meddle_) std::exchange(owner_.meddle_, nullptr)();
      return batch_->Commit();
    }

   private:
    MeddlingEngine& owner_;
    const std::unique_ptr<EngineBatch> batch_;
  };

  Engine& engine_;
  std::function<void()> meddle_;
};

// A set that was judged under the earlier keyring is being written while the census begins: it must
// not be taken before that set is there.
TEST(KeyCensusBarrierTest, TheScanWaitsForWhatWasJudgedBefore) {
  FakeEngine store;
  MeddlingEngine engine(store);
  TestVault vault(engine, {});
  absl::StatusOr<KeyCensus> census = absl::UnknownError("");
  absl::Notification counted;
  std::thread counter;
  engine.BeforeNextCommit([&] {
    vault.RotateKeys(2);
    counter = std::thread([&] {
      census = KeyCensus::Take(engine, vault.pipeline(), vault.keyring(), {"test", "", ""},
                               [] { return false; });
      counted.Notify();
    });
    // A census that does not wait is over by now; one that does never is.
    EXPECT_FALSE(counted.WaitForNotificationWithTimeout(absl::Milliseconds(200)));
  });
  const absl::StatusOr<TokenizeOutput> output = vault.Tokenize(vault.Card(kVisaTestPan));
  ASSERT_THAT(output, IsOk());
  counter.join();
  ASSERT_THAT(census, IsOk());
  EXPECT_EQ(census->Of(KeyPurpose::kPan, 1).records, 1u);
  EXPECT_FALSE(census->ProvesUnused(KeyPurpose::kPan, 1));
}

// What was sealed under a version that is left meanwhile: it is in the census, or never lands.
TEST_F(KeyCensusTest, NothingLandsBehindTheScan) {
  for (int round = 0; round < 2; ++round) {
    vault_.RotateKeys(1);
    TokenizeInput input = vault_.Card(generator_.Pan());
    absl::StatusOr<TokenizeOutput> output = absl::UnknownError("");
    absl::Notification answered;
    vault_.pipeline().HoldUntil(2);  // the card, then the census' own entry
    vault_.tokenizer().Tokenize(std::move(input), [&](absl::StatusOr<TokenizeOutput> result) {
      output = std::move(result);
      answered.Notify();
    });
    vault_.RotateKeys(2);
    const absl::StatusOr<KeyCensus> census = Take();
    ASSERT_THAT(census, IsOk());
    answered.WaitForNotification();
    ASSERT_THAT(output, IsOk());
    const uint32_t version = RecordOf(output->view.token).pan().key_version();
    EXPECT_EQ(version, 2u);
    EXPECT_TRUE(census->ProvesUnused(KeyPurpose::kPan, 1));
    ASSERT_TRUE(Take()->ProvesUnused(KeyPurpose::kPan, 1));
  }
}

}  // namespace
}  // namespace cardvault
