#include "tokenizer/token_desk.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "tokenizer/token_minter.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using testing::ElementsAre;

class TokenDeskTest : public testing::Test {
 protected:
  ~TokenDeskTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  TokenView Make(absl::string_view pan = kVisaTestPan) {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer("c1");
    input.cardholder_name = "Ada";
    input.labels = {{"a", "1"}, {"b", "2"}};
    input.retention = absl::Hours(1000);
    return vault_.Tokenize(std::move(input))->view;
  }
  static auto TokenNotFound() {
    return StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound);
  }
  static CardUpdate UpdateOf(const TokenView& card) {
    return CardUpdate{card.token, card.revision, std::nullopt, std::nullopt, {}, {}};
  }

  TestVault vault_;
};

TEST_F(TokenDeskTest, UpdateChangesWhatIsSetAndNothingElse) {
  const TokenView card = Make();
  vault_.clock().Advance(absl::Minutes(1));
  CardUpdate update = UpdateOf(card);
  update.expiry = TestExpiry(1, 2031);  // an owner may set an earlier one
  update.set_labels = {{"c", "3"}, {"a", "9"}};
  update.remove_labels = {"b", "absent"};
  const absl::StatusOr<TokenView> after = vault_.Update(std::move(update));
  ASSERT_THAT(after, IsOk());
  const TokenView read = *vault_.Get(card.token);
  for (const TokenView& view : {*after, read}) {
    EXPECT_EQ(view.profile.expiry, TestExpiry(1, 2031));
    EXPECT_EQ(view.profile.cardholder_name, "Ada");
    EXPECT_THAT(view.labels, ElementsAre(std::make_pair("a", "9"), std::make_pair("c", "3")));
    EXPECT_EQ(view.fingerprint, card.fingerprint);
    EXPECT_EQ(view.delete_time, card.delete_time);
    EXPECT_EQ(view.create_time, card.create_time);
    EXPECT_EQ(view.update_time, vault_.clock().Now());
    EXPECT_GT(view.revision, card.revision);
  }
  EXPECT_EQ(read.revision, after->revision);
}

TEST_F(TokenDeskTest, UpdateOfLabelsLeavesTheSealedProfileAlone) {
  const TokenView card = Make();
  const auto profile = [&] {
    storage::v1::CardRecord record;
    CV_CHECK(record.ParseFromString(vault_.Rows(Table::kRecords).front().row.value));
    return record.profile().sealed();
  };
  const std::string before = profile();
  CardUpdate update = UpdateOf(card);
  update.set_labels = {{"c", "3"}};
  ASSERT_THAT(vault_.Update(std::move(update)), IsOk());
  EXPECT_EQ(profile(), before);
  EXPECT_EQ(vault_.Leaves().back().key_version, 0u);
}

TEST_F(TokenDeskTest, UpdateAgainstAnOutdatedRevisionIsAborted) {
  const TokenView card = Make();
  CardUpdate first = UpdateOf(card);
  first.cardholder_name = "Eve";
  ASSERT_THAT(vault_.Update(first), IsOk());
  EXPECT_THAT(vault_.Update(first), StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision));
}

// Of callers with one revision one wins, in one batch as well.
TEST_F(TokenDeskTest, OneOfManyUpdatesAgainstOneRevisionWins) {
  const TokenView card = Make();
  constexpr int kCallers = 64;
  vault_.pipeline().HoldUntil(kCallers);
  std::vector<absl::Status> results(kCallers);
  absl::BlockingCounter open(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    CardUpdate update = UpdateOf(card);
    update.cardholder_name = absl::StrCat("N", i);
    vault_.desk().Update(TestCall("shop"), std::move(update),
                         [&, i](absl::StatusOr<TokenView> view) {
                           results[i] = view.status();
                           open.DecrementCount();
                         });
  }
  open.Wait();
  int won = 0;
  for (const absl::Status& status : results) {
    if (status.ok()) {
      ++won;
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision));
    }
  }
  EXPECT_EQ(won, 1);
}

TEST_F(TokenDeskTest, UpdateRefusesAnExpiryInThePastAndTooManyLabels) {
  const TokenView card = Make();
  CardUpdate past = UpdateOf(card);
  past.expiry = TestExpiry(12, 2029);
  EXPECT_THAT(vault_.Update(std::move(past)),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kExpiryInvalid));
  CardUpdate full = UpdateOf(card);
  for (int i = 0; i < 15; ++i) full.set_labels.emplace_back(absl::StrCat("k", i), "v");
  const absl::StatusOr<TokenView> refused = vault_.Update(full);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_EQ(FieldOf(refused.status()), "set_labels");
  full.remove_labels = {"a"};
  EXPECT_THAT(vault_.Update(full), IsOk());
}

TEST_F(TokenDeskTest, DisableAndEnableChangeTheStateOnce) {
  const TokenView card = Make();
  const absl::StatusOr<TokenView> disabled = vault_.Disable(card.token);
  ASSERT_THAT(disabled, IsOk());
  EXPECT_EQ(disabled->state, TokenState::kDisabled);
  const uint64_t entries = vault_.pipeline().audit_entry_count();
  EXPECT_EQ(vault_.Disable(card.token)->revision, disabled->revision);
  EXPECT_EQ(vault_.pipeline().audit_entry_count(), entries);
  const absl::StatusOr<TokenView> enabled = vault_.Enable(card.token);
  ASSERT_THAT(enabled, IsOk());
  EXPECT_EQ(enabled->state, TokenState::kActive);
  EXPECT_EQ(vault_.Get(card.token)->state, TokenState::kActive);
}

TEST_F(TokenDeskTest, AUsedTokenIsNotBroughtBack) {
  TokenizeInput input = vault_.Card(kVisaTestPan);
  input.single_use = true;
  const TokenView card = vault_.Tokenize(std::move(input))->view;
  const KeyedRow row = vault_.Rows(Table::kRecords).front();
  storage::v1::CardRecord used;
  ASSERT_TRUE(used.ParseFromString(row.row.value));
  used.set_state(storage::v1::CardRecord::STATE_USED);
  vault_.fake_engine().Plant(Table::kRecords, row.key, used.SerializeAsString(), row.row.revision);
  EXPECT_EQ(vault_.Get(card.token)->state, TokenState::kUsed);
  EXPECT_EQ(vault_.Disable(card.token)->state, TokenState::kUsed);
  EXPECT_THAT(vault_.Enable(card.token),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenUsed));
}

// S1: nothing but a tombstone stays, and it has no card data.
TEST_F(TokenDeskTest, DeleteLeavesATombstoneAlone) {
  const TokenView card = Make();
  EXPECT_THAT(vault_.Delete(card.token), IsOkAndHolds(true));
  EXPECT_THAT(vault_.Get(card.token), TokenNotFound());
  ASSERT_EQ(vault_.Rows(Table::kRecords).size(), 1u);
  storage::v1::CardRecord tombstone;
  ASSERT_TRUE(tombstone.ParseFromString(vault_.Rows(Table::kRecords).front().row.value));
  EXPECT_EQ(tombstone.state(), storage::v1::CardRecord::STATE_DELETED);
  EXPECT_EQ(tombstone.merchant(), "shop");
  EXPECT_FALSE(tombstone.has_pan());
  EXPECT_FALSE(tombstone.has_profile());
  EXPECT_EQ(
      tombstone.bin() + tombstone.last_four() + tombstone.fingerprint() + tombstone.customer_id(),
      "");
  EXPECT_EQ(tombstone.labels_size(), 0);
  EXPECT_TRUE(vault_.Rows(Table::kTokenIndex).empty());
  EXPECT_TRUE(vault_.Rows(Table::kFingerprints).empty());
  for (const KeyedRow& due : vault_.Rows(Table::kDue)) EXPECT_NE(due.key[8], 1);  // no retention
}

TEST_F(TokenDeskTest, DeleteAgainIsOkAndChangesNothing) {
  const TokenView card = Make();
  ASSERT_THAT(vault_.Delete(card.token), IsOkAndHolds(true));
  const uint64_t entries = vault_.pipeline().audit_entry_count();
  EXPECT_THAT(vault_.Delete(card.token), IsOkAndHolds(false));
  EXPECT_EQ(vault_.pipeline().audit_entry_count(), entries);
}

TEST_F(TokenDeskTest, TheFingerprintStaysUntilTheLastTokenGoes) {
  const TokenView first = Make();
  TokenizeInput input = vault_.Card(kVisaTestPan);
  const TokenView second = vault_.Tokenize(std::move(input))->view;
  EXPECT_EQ(second.fingerprint, first.fingerprint);
  ASSERT_THAT(vault_.Delete(first.token), IsOk());
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
  EXPECT_EQ(vault_.Inconsistency(), "");
  ASSERT_THAT(vault_.Delete(second.token), IsOk());
  EXPECT_TRUE(vault_.Rows(Table::kFingerprints).empty());
  EXPECT_TRUE(vault_.Rows(Table::kTokenIndex).empty());
}

// T5, promise 8: one answer for what never was, what another has, what is forged and what is gone.
TEST_F(TokenDeskTest, ForeignForgedUnknownAndDeletedTokensAreOneNotFound) {
  const TokenView card = Make();
  std::array<char, Token::kBinarySize> binary;
  std::copy(card.token.binary().begin(), card.token.binary().end(), binary.begin());
  binary[5] ^= 1;
  const Token forged = Token::FromBinary(VaultMode::kSandbox, binary);
  const auto keyring = *vault_.keyring().Snapshot();
  const Token unknown = *TokenMinter::Mint(*keyring, TestMerchant("shop"), VaultMode::kSandbox);
  const Token deleted = Make(kVisaTestPan2).token;
  ASSERT_THAT(vault_.Delete(deleted), IsOk());

  const std::vector<std::pair<Token, std::string>> cases = {
      {card.token, "other"}, {forged, "shop"}, {unknown, "shop"}, {deleted, "shop"}};
  for (const auto& [token, merchant] : cases) {
    const absl::Status answer = vault_.Get(token, merchant).status();
    EXPECT_THAT(answer, TokenNotFound());
    CardUpdate update{token, 1, std::nullopt, std::nullopt, {}, {}};
    for (const absl::Status& other :
         {vault_.Update(update, merchant).status(), vault_.Disable(token, merchant).status(),
          vault_.Enable(token, merchant).status()}) {
      EXPECT_EQ(other, answer);  // text and payload too
    }
  }
  EXPECT_THAT(vault_.Delete(card.token, "other"), TokenNotFound());
  EXPECT_THAT(vault_.Delete(forged), TokenNotFound());
  EXPECT_THAT(vault_.Delete(unknown), TokenNotFound());
  EXPECT_THAT(vault_.Get(card.token), IsOk());
}

// T3: a forged or foreign token does not reach the store.
TEST_F(TokenDeskTest, ForgedTokensAreRefusedBeforeTheStoreIsRead) {
  const TokenView card = Make();
  FaultInjectingEngine engine(vault_.engine());
  TestVault vault(engine, {});
  engine.Break();
  EXPECT_THAT(vault.Get(card.token, "other"), TokenNotFound());
  EXPECT_THAT(vault.Get(card.token), StatusIs(absl::StatusCode::kUnavailable));
  engine.Mend();
}

TEST_F(TokenDeskTest, RetentionHidesATokenBeforeItsSweep) {
  const TokenView card = Make();
  vault_.clock().Advance(absl::Hours(1000) - absl::Microseconds(1));
  EXPECT_THAT(vault_.Get(card.token), IsOk());
  vault_.clock().Advance(absl::Microseconds(1));
  EXPECT_THAT(vault_.Get(card.token), TokenNotFound());
  EXPECT_THAT(vault_.Disable(card.token), TokenNotFound());
  EXPECT_THAT(vault_.Delete(card.token), IsOkAndHolds(true));
}

TEST_F(TokenDeskTest, EachChangeIsAudited) {
  const TokenView card = Make();
  const uint64_t before = vault_.pipeline().audit_entry_count();
  CardUpdate update = UpdateOf(card);
  update.cardholder_name = "Eve";
  ASSERT_THAT(vault_.Update(std::move(update)), IsOk());
  ASSERT_THAT(vault_.Disable(card.token), IsOk());
  ASSERT_THAT(vault_.Enable(card.token), IsOk());
  ASSERT_THAT(vault_.Delete(card.token), IsOk());
  std::vector<AuditAction> actions;
  for (const AuditLeaf& leaf : vault_.Leaves(before)) {
    actions.push_back(leaf.action);
    EXPECT_EQ(leaf.object, card.token.text());
    EXPECT_EQ(leaf.origin.address, "127.0.0.1:1");
  }
  EXPECT_THAT(actions, ElementsAre(AuditAction::kTokenUpdated, AuditAction::kTokenDisabled,
                                   AuditAction::kTokenEnabled, AuditAction::kTokenDeleted));
}

TEST_F(TokenDeskTest, DeleteOfACardWithLostRowsIsDataLoss) {
  const TokenView card = Make();
  const KeyedRow row = vault_.Rows(Table::kFingerprints).front();
  vault_.fake_engine().Remove(Table::kFingerprints, row.key);
  EXPECT_THAT(vault_.Delete(card.token), StatusIs(absl::StatusCode::kDataLoss));
  vault_.fake_engine().Plant(Table::kFingerprints, row.key, row.row.value, row.row.revision);
}

}  // namespace
}  // namespace cardvault
