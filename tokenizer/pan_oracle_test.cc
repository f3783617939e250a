// Whether an offered PAN is one that the vault has is told by what Tokenize and ReplacePan answer:
// each such answer is bounded by the enumeration guard, one after the other.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "audit/audited_status.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/test_pans.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "tokenizer/tokenizer.h"
#include "vault/engine/testing/fault_injecting_engine.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::EnumerationRow;

constexpr int kLimit = 10;

class PanOracleTest : public testing::Test {
 protected:
  ~PanOracleTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  // `pan` under a request id; as the first request but for the PAN and what `name` says.
  TokenizeInput Guess(const std::string& pan, absl::string_view id, absl::string_view name = "") {
    TokenizeInput input = vault_.Card(pan);
    input.request_id = TestRequest(id);
    input.cardholder_name = std::string(name);
    return input;
  }
  ErrorReason Try(const std::string& pan, absl::string_view id, absl::string_view name = "") {
    return ReasonOf(vault_.Tokenize(Guess(pan, id, name)).status());
  }
  // Under an id that is new.
  ErrorReason TryNew(const std::string& pan) {
    return ReasonOf(vault_.Tokenize(vault_.Card(pan)).status());
  }
  ErrorReason TryReplace(const Token& token, const std::string& pan, absl::string_view id) {
    ReplacePanInput input = vault_.Replacement(token, pan);
    input.request_id = TestRequest(id);
    return ReasonOf(vault_.ReplacePan(std::move(input)).status());
  }
  // How many were told REQUEST_ID_REUSED. All others were told ENUMERATION.
  static int ReusedAmong(const std::vector<ErrorReason>& reasons) {
    int reused = 0;
    for (const ErrorReason reason : reasons) {
      if (reason == ErrorReason::kRequestIdReused) {
        ++reused;
      } else {
        EXPECT_EQ(reason, ErrorReason::kEnumeration);
      }
    }
    return reused;
  }
  // The one row of pans_.
  EnumerationRow Row() {
    std::vector<EnumerationRow> rows;
    for (const KeyedRow& row : vault_.Rows(Table::kEnumeration)) {
      rows.push_back(*DecodeRow<EnumerationRow>(row.row.value));
    }
    EXPECT_EQ(rows.size(), 1u);
    return rows.empty() ? EnumerationRow() : rows.front();
  }
  // Lets pans_[0] to pans_[9] in, pans_[0] under the id "first", and refuses `refused` others.
  void FillRow(int refused) {
    EXPECT_EQ(Try(pans_[0], "first"), ErrorReason::kUnspecified);
    for (int i = 1; i < kLimit; ++i) EXPECT_EQ(TryNew(pans_[i]), ErrorReason::kUnspecified);
    for (int i = 0; i < refused; ++i) {
      EXPECT_EQ(TryNew(pans_[kLimit + i]), ErrorReason::kEnumeration);
    }
  }

  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  TestVault vault_{engine_, {}};
  const std::vector<std::string> pans_ = PansSharingEnds(200);
};

// Who knows a request id, and all of the request but the digits in the middle.
TEST_F(PanOracleTest, ARequestIdOfTokenizeTellsOfNoMoreThanTheLimit) {
  ASSERT_EQ(Try(pans_[150], "first"), ErrorReason::kUnspecified);
  std::vector<ErrorReason> reasons;
  for (const std::string& pan : pans_) reasons.push_back(Try(pan, "first"));
  EXPECT_EQ(ReusedAmong(reasons), kLimit - 1);  // the card itself was the first
  EXPECT_EQ(Row().seen_size(), kLimit);
  EXPECT_EQ(Row().refused_size(), kLimit);
}

TEST_F(PanOracleTest, ARequestIdOfReplacePanTellsOfNoMoreThanTheLimit) {
  const Token token = vault_.Tokenize(vault_.Card(pans_[199]))->view.token;
  ASSERT_EQ(TryReplace(token, pans_[150], "first"), ErrorReason::kUnspecified);
  std::vector<ErrorReason> reasons;
  for (const std::string& pan : pans_) reasons.push_back(TryReplace(token, pan, "first"));
  EXPECT_EQ(ReusedAmong(reasons), kLimit - 2);
  EXPECT_EQ(Row().refused_size(), kLimit);
}

// The row of candidates that were let in is an oracle too: those pass, others do not.
TEST_F(PanOracleTest, AFullRowTellsOfNoMoreThanTheLimit) {
  FillRow(0);
  for (int i = 199; i >= 0; --i) EXPECT_EQ(TryNew(pans_[i]), ErrorReason::kEnumeration) << i;
  EXPECT_EQ(Row().refused_size(), kLimit);
}

TEST_F(PanOracleTest, HonestCallsPassAtTheLimitUntilTheRowIsLocked) {
  FillRow(kLimit - 1);
  const Token token = vault_.Tokenize(Guess(pans_[0], "first"))->view.token;
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kUnspecified);
  EXPECT_EQ(TryNew(pans_[9]), ErrorReason::kUnspecified);
  EXPECT_EQ(TryReplace(token, pans_[1], "moved"), ErrorReason::kUnspecified);
  EXPECT_EQ(TryReplace(token, pans_[1], "moved"), ErrorReason::kUnspecified);
  EXPECT_EQ(Row().refused_size(), kLimit - 1);

  EXPECT_EQ(TryNew(pans_[100]), ErrorReason::kEnumeration);
  EXPECT_EQ(Try(pans_[0], "first"), ErrorReason::kEnumeration);
  EXPECT_EQ(Try(pans_[0], "first", "Other"), ErrorReason::kEnumeration);
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kEnumeration);
  EXPECT_EQ(TryReplace(token, pans_[1], "moved"), ErrorReason::kEnumeration);
  EXPECT_EQ(TryReplace(token, pans_[2], "later"), ErrorReason::kEnumeration);
  EXPECT_EQ(TryNew(std::string(kVisaTestPan)), ErrorReason::kUnspecified);  // another row
}

TEST_F(PanOracleTest, TheLockEndsWithTheWindow) {
  FillRow(kLimit - 1);
  vault_.clock().Advance(absl::Hours(1));
  EXPECT_EQ(TryNew(pans_[100]), ErrorReason::kEnumeration);
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kEnumeration);
  vault_.clock().Advance(absl::Hours(23) - absl::Microseconds(1));
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kEnumeration);
  vault_.clock().Advance(absl::Microseconds(1));
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kUnspecified);
  EXPECT_EQ(Row().seen_size(), 1);
  EXPECT_EQ(Row().refused_size(), 1);  // the one of an hour later
}

// Cards that were let in may have left the window while refusals stand.
TEST_F(PanOracleTest, ALockOutlastsTheCardsThatFilledTheRow) {
  FillRow(0);
  vault_.clock().Advance(absl::Hours(23));
  for (int i = kLimit; i < 2 * kLimit; ++i) EXPECT_EQ(TryNew(pans_[i]), ErrorReason::kEnumeration);
  vault_.clock().Advance(absl::Hours(2));
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kEnumeration);
  vault_.clock().Advance(absl::Hours(22));
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kUnspecified);
}

TEST_F(PanOracleTest, ARefusedPanIsCountedOnce) {
  FillRow(1);
  const uint64_t entries = vault_.pipeline().audit_entry_count();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(TryNew(pans_[kLimit]), ErrorReason::kEnumeration);
  EXPECT_EQ(Row().refused_size(), 1);
  EXPECT_EQ(vault_.pipeline().audit_entry_count(), entries);
  vault_.RotateKeys(2);
  EXPECT_EQ(TryNew(pans_[kLimit]), ErrorReason::kEnumeration);
  EXPECT_EQ(Row().refused_size(), 1);
  EXPECT_EQ(TryNew(pans_[0]), ErrorReason::kUnspecified);
}

TEST_F(PanOracleTest, ARequestIdReusedForTheSameCardDoesNotCount) {
  ASSERT_EQ(Try(pans_[0], "first"), ErrorReason::kUnspecified);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Try(pans_[0], "first", absl::StrCat("N", i)), ErrorReason::kRequestIdReused);
  }
  EXPECT_EQ(Row().seen_size(), 1);
  EXPECT_EQ(Row().refused_size(), 0);
  EXPECT_EQ(Try(pans_[0], "first"), ErrorReason::kUnspecified);
}

// What a dead key or a damaged record answers differs between cards that are there and others.
TEST_F(PanOracleTest, ErrorsBehindTheGuardAreCounted) {
  vault_.keyring().Set(MakeTestKeyringWithDestroyed("vault-under-test", 1, KeyPurpose::kPan, 1));
  for (int i = 0; i < kLimit; ++i) EXPECT_NE(TryNew(pans_[i]), ErrorReason::kEnumeration);
  EXPECT_EQ(Row().seen_size(), kLimit);
  EXPECT_EQ(TryNew(pans_[kLimit]), ErrorReason::kEnumeration);
  EXPECT_TRUE(vault_.Rows(Table::kRecords).empty());
}

TEST_F(PanOracleTest, ADamagedRecordIsAnsweredWithItsCount) {
  TokenizeInput input = vault_.Card(pans_[0]);
  input.reuse = Reuse::kMerchant;
  ASSERT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  vault_.clock().Advance(absl::Hours(48));
  const KeyedRow sound = vault_.Rows(Table::kRecords).front();
  store_.Plant(Table::kRecords, sound.key, "rubbish", sound.row.revision);
  TokenizeInput again = vault_.Card(pans_[0]);
  again.reuse = Reuse::kMerchant;
  const uint64_t before = vault_.pipeline().audit_entry_count();
  EXPECT_THAT(vault_.Tokenize(std::move(again)), StatusIs(absl::StatusCode::kDataLoss));
  const std::vector<AuditLeaf> leaves = vault_.Leaves(before);
  ASSERT_EQ(leaves.size(), 1u);
  EXPECT_EQ(leaves[0].action, AuditAction::kRecordCorrupt);
  EXPECT_EQ(leaves[0].outcome, AuditOutcome::kFailed);
  EXPECT_EQ(Row().seen(0).time_micros(), absl::ToUnixMicros(vault_.clock().Now()));
  store_.Plant(Table::kRecords, sound.key, sound.row.value, sound.row.revision);
}

TEST_F(PanOracleTest, CountedRefusalsAreInTheAuditLog) {
  FillRow(0);
  const Token token = vault_.Tokenize(Guess(pans_[0], "first"))->view.token;
  const uint64_t before = vault_.pipeline().audit_entry_count();
  const absl::Status refused = vault_.Tokenize(vault_.Card(pans_[10])).status();
  EXPECT_TRUE(IsAudited(refused));
  EXPECT_EQ(TryReplace(token, pans_[11], "moved"), ErrorReason::kEnumeration);
  const absl::Status reused = vault_.Tokenize(Guess(pans_[0], "first", "Other")).status();
  EXPECT_TRUE(IsAudited(reused));
  const std::vector<AuditLeaf> leaves = vault_.Leaves(before);
  ASSERT_EQ(leaves.size(), 3u);
  for (const AuditLeaf& leaf : leaves) {
    EXPECT_EQ(leaf.outcome, AuditOutcome::kRefused);
    EXPECT_EQ(leaf.origin.principal, TestCall("shop").origin.principal);
    EXPECT_EQ(leaf.origin.role, "ingest");
  }
  EXPECT_EQ(leaves[0].action, AuditAction::kTokenizeRefused);
  EXPECT_EQ(leaves[0].reason, ErrorReason::kEnumeration);
  EXPECT_EQ(leaves[0].object, "");
  EXPECT_EQ(leaves[1].action, AuditAction::kTokenRefused);
  EXPECT_EQ(leaves[1].reason, ErrorReason::kEnumeration);
  EXPECT_EQ(leaves[1].object, token.text());
  EXPECT_EQ(leaves[2].action, AuditAction::kTokenizeRefused);
  EXPECT_EQ(leaves[2].reason, ErrorReason::kRequestIdReused);
}

// Where nothing was counted nothing is committed, and the entry is left to whoever answers.
TEST_F(PanOracleTest, ALockedRowWritesNothing) {
  FillRow(kLimit);
  const uint64_t before = vault_.pipeline().audit_entry_count();
  const absl::Status locked = vault_.Tokenize(Guess(pans_[0], "first")).status();
  EXPECT_EQ(ReasonOf(locked), ErrorReason::kEnumeration);
  EXPECT_FALSE(IsAudited(locked));
  EXPECT_EQ(vault_.pipeline().audit_entry_count(), before);
}

// A right guess must not be answered ahead of the wrong ones that were sent before it: all are
// decided on a row that is not yet locked, and the wrong one's count locks it.
TEST_F(PanOracleTest, ARightGuessDoesNotOutrunAWrongOne) {
  FillRow(kLimit - 2);
  const Token token = vault_.Tokenize(Guess(pans_[0], "first"))->view.token;
  ASSERT_EQ(TryReplace(token, pans_[1], "moved"), ErrorReason::kUnspecified);
  ASSERT_EQ(TryNew(pans_[50]), ErrorReason::kEnumeration);  // one is left
  constexpr int kGuesses = 5;
  absl::BlockingCounter open(2 * kGuesses);
  std::vector<ErrorReason> reasons(kGuesses, ErrorReason::kInternal);
  const auto note = [&](size_t i) {
    return [&, i](const auto& output) {
      reasons[i] = ReasonOf(output.status());
      open.DecrementCount();
    };
  };
  ReplacePanInput replay = vault_.Replacement(token, pans_[1]);
  replay.request_id = TestRequest("moved");
  vault_.pipeline().HoldUntil(kGuesses + 1);
  vault_.tokenizer().Tokenize(vault_.Card(pans_[100]), note(0));
  vault_.tokenizer().Tokenize(Guess(pans_[0], "first"), note(1));
  vault_.tokenizer().Tokenize(Guess(pans_[0], "first", "Other"), note(2));
  vault_.tokenizer().Tokenize(vault_.Card(pans_[0]), note(3));
  vault_.tokenizer().ReplacePan(std::move(replay), note(4));
  // The queue is let go by these, also when a guess was answered without coming to it.
  for (int i = 0; i < kGuesses; ++i) {
    WriteSet filler;
    filler.leaves.push_back(
        AuditLeaf{.action = AuditAction::kLogStarted,
                  .origin = {.principal = "cardvaultd", .role = "", .address = ""}});
    vault_.pipeline().Submit(std::move(filler), [&](CommitResult) { open.DecrementCount(); });
  }
  open.Wait();
  for (const ErrorReason reason : reasons) EXPECT_EQ(reason, ErrorReason::kEnumeration);
}

// With a disk that takes no writes no guess is counted, so a right one is not answered either.
TEST_F(PanOracleTest, WithoutACommitEveryGuessIsAnsweredAlike) {
  ASSERT_EQ(Try(pans_[0], "first"), ErrorReason::kUnspecified);
  const std::function<ErrorReason()> guesses[] = {
      [&] { return Try(pans_[0], "first"); },
      [&] { return Try(pans_[1], "first"); },
      [&] { return Try(pans_[0], "first", "Other"); },
      [&] { return TryNew(pans_[0]); },
      [&] { return TryNew(pans_[1]); },
  };
  for (const std::function<ErrorReason()>& guess : guesses) {
    engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
    EXPECT_EQ(guess(), ErrorReason::kAuditUnavailable);
  }
}

TEST_F(PanOracleTest, GuessesAtOnceDoNotPassTheLimit) {
  constexpr int kGuesses = 64;
  ASSERT_EQ(Try(pans_[150], "first"), ErrorReason::kUnspecified);
  std::vector<ErrorReason> reasons(kGuesses, ErrorReason::kInternal);
  absl::BlockingCounter open(kGuesses);
  vault_.pipeline().HoldUntil(kGuesses);
  for (int i = 0; i < kGuesses; ++i) {
    vault_.tokenizer().Tokenize(Guess(pans_[i], "first"),
                                [&, i](const absl::StatusOr<TokenizeOutput>& output) {
                                  reasons[i] = ReasonOf(output.status());
                                  open.DecrementCount();
                                });
  }
  open.Wait();
  EXPECT_EQ(ReusedAmong(reasons), kLimit - 1);
  EXPECT_EQ(Row().seen_size(), kLimit);
  EXPECT_EQ(Row().refused_size(), kLimit);
}

}  // namespace
}  // namespace cardvault
