#include "tokenizer/tokenizer.h"

#include <string>
#include <utility>
#include <vector>

#include "base/error_reason.h"
#include "card/test_pans.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"

namespace cardvault {
namespace {

using testing::ElementsAre;
using testing::Field;

class TokenizerTest : public testing::Test {
 protected:
  ~TokenizerTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  TokenizeInput CardOf(absl::string_view pan, absl::string_view customer) {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer(customer);
    return input;
  }
  // The same request once more.
  static TokenizeInput Again(const TokenizeInput& input) {
    return TokenizeInput{.call = input.call,
                         .request_id = input.request_id,
                         .pan = input.pan.Clone(),
                         .expiry = input.expiry,
                         .cardholder_name = input.cardholder_name,
                         .customer = input.customer,
                         .labels = input.labels,
                         .retention = input.retention,
                         .single_use = input.single_use,
                         .reuse = input.reuse,
                         .with_cvv = input.with_cvv};
  }
  std::vector<AuditAction> ActionsSince(uint64_t first) {
    std::vector<AuditAction> actions;
    for (const AuditLeaf& leaf : vault_.Leaves(first)) actions.push_back(leaf.action);
    return actions;
  }

  TestVault vault_;
};

TEST_F(TokenizerTest, TokenizeAnswersWhatMayBeSeenOfTheCard) {
  TokenizeInput input = CardOf(kAmexTestPan, "c1");
  input.cardholder_name = "Ada Lovelace";
  input.labels = {{"b", "2"}, {"a", "1"}};
  input.retention = absl::Hours(48);
  const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
  ASSERT_THAT(output, IsOk());
  const TokenView& view = output->view;
  EXPECT_EQ(output->disposition, Disposition::kCreated);
  EXPECT_FALSE(output->replay_of.has_value());
  EXPECT_EQ(view.brand, Brand::kAmex);
  EXPECT_EQ(view.truncated.bin, "378282");
  EXPECT_EQ(view.truncated.last_four, "0005");
  EXPECT_EQ(view.truncated.digit_count, 15u);
  EXPECT_EQ(view.profile.expiry, TestExpiry(12, 2035));
  EXPECT_EQ(view.profile.cardholder_name, "Ada Lovelace");
  EXPECT_EQ(view.customer_id, "c1");
  EXPECT_THAT(view.labels, ElementsAre(std::make_pair("a", "1"), std::make_pair("b", "2")));
  EXPECT_EQ(view.state, TokenState::kActive);
  EXPECT_EQ(view.create_time, vault_.clock().Now());
  EXPECT_EQ(view.delete_time, vault_.clock().Now() + absl::Hours(48));
  EXPECT_GT(view.revision, 0u);

  const absl::StatusOr<TokenView> read = vault_.Get(view.token);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->revision, view.revision);
  EXPECT_EQ(read->fingerprint, view.fingerprint);
  EXPECT_EQ(read->labels, view.labels);
  EXPECT_EQ(read->delete_time, view.delete_time);
  EXPECT_EQ(read->profile.cardholder_name, "Ada Lovelace");
}

TEST_F(TokenizerTest, TokenizeWithSameCustomerAnswersExistingToken) {
  const TokenizeOutput first = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  const TokenizeOutput second = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  EXPECT_EQ(second.disposition, Disposition::kExisting);
  EXPECT_EQ(second.view.token, first.view.token);
  EXPECT_EQ(second.view.revision, first.view.revision);
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 1u);
}

TEST_F(TokenizerTest, TokenizeWithAnotherCustomerOrPanOrMerchantMakesAnotherToken) {
  const TokenizeOutput first = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  TokenizeInput foreign = CardOf(kVisaTestPan, "c1");
  foreign.call = TestCall("other");
  const TokenizeOutput other_merchant = *vault_.Tokenize(std::move(foreign));
  const TokenizeOutput other_customer = *vault_.Tokenize(CardOf(kVisaTestPan, "c2"));
  const TokenizeOutput other_pan = *vault_.Tokenize(CardOf(kVisaTestPan2, "c1"));
  for (const TokenizeOutput& output : {other_merchant, other_customer, other_pan}) {
    EXPECT_EQ(output.disposition, Disposition::kCreated);
    EXPECT_FALSE(output.view.token == first.view.token);
  }
  EXPECT_EQ(other_customer.view.fingerprint, first.view.fingerprint);
  EXPECT_NE(other_pan.view.fingerprint, first.view.fingerprint);
  EXPECT_NE(other_merchant.view.fingerprint, first.view.fingerprint);  // T5
}

TEST_F(TokenizerTest, TokenizeWithoutCustomerMakesANewTokenEachTime) {
  const TokenizeOutput first = *vault_.Tokenize(vault_.Card(kVisaTestPan));
  const TokenizeOutput second = *vault_.Tokenize(vault_.Card(kVisaTestPan));
  EXPECT_EQ(second.disposition, Disposition::kCreated);
  EXPECT_FALSE(first.view.token == second.view.token);
  EXPECT_EQ(first.view.fingerprint, second.view.fingerprint);
}

TEST_F(TokenizerTest, TokenizeWithReuseMerchantAnswersExistingTokenForAnyCustomer) {
  TokenizeInput first = CardOf(kVisaTestPan, "c1");
  first.reuse = Reuse::kMerchant;
  const TokenizeOutput created = *vault_.Tokenize(std::move(first));
  TokenizeInput second = CardOf(kVisaTestPan, "c2");
  second.reuse = Reuse::kMerchant;
  const TokenizeOutput matched = *vault_.Tokenize(std::move(second));
  EXPECT_EQ(matched.disposition, Disposition::kExisting);
  EXPECT_EQ(matched.view.token, created.view.token);
  EXPECT_EQ(matched.view.customer_id, "c1");
}

TEST_F(TokenizerTest, TokenTakesPartInTheReuseItWasMadeWithOnly) {
  TokenizeInput by_merchant = CardOf(kVisaTestPan, "c1");
  by_merchant.reuse = Reuse::kMerchant;
  const TokenizeOutput merchant = *vault_.Tokenize(std::move(by_merchant));
  const TokenizeOutput customer = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  EXPECT_EQ(customer.disposition, Disposition::kCreated);
  EXPECT_FALSE(customer.view.token == merchant.view.token);
}

TEST_F(TokenizerTest, TokenizeWithReuseNoneMakesANewTokenEachTime) {
  for (int i = 0; i < 5; ++i) {
    TokenizeInput input = CardOf(kVisaTestPan, "c1");
    input.reuse = Reuse::kNone;
    EXPECT_EQ(vault_.Tokenize(std::move(input))->disposition, Disposition::kCreated);
  }
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 5u);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
}

TEST_F(TokenizerTest, SingleUseTokensTakeNoPartInReuse) {
  TokenizeInput single = CardOf(kVisaTestPan, "c1");
  single.single_use = true;
  const TokenizeOutput first = *vault_.Tokenize(std::move(single));
  EXPECT_TRUE(first.view.single_use);
  TokenizeInput again = CardOf(kVisaTestPan, "c1");
  again.single_use = true;
  EXPECT_EQ(vault_.Tokenize(std::move(again))->disposition, Disposition::kCreated);
  EXPECT_EQ(vault_.Tokenize(CardOf(kVisaTestPan, "c1"))->disposition, Disposition::kCreated);
  TokenizeInput last = CardOf(kVisaTestPan, "c1");
  last.single_use = true;
  EXPECT_EQ(vault_.Tokenize(std::move(last))->disposition, Disposition::kCreated);
}

TEST_F(TokenizerTest, LaterExpiryReplacesTheStoredOneAndNothingElse) {
  TokenizeInput first = CardOf(kVisaTestPan, "c1");
  first.cardholder_name = "Ada";
  first.labels = {{"k", "v"}};
  first.retention = absl::Hours(48);
  const TokenizeOutput created = *vault_.Tokenize(std::move(first));
  vault_.clock().Advance(absl::Hours(1));
  TokenizeInput later = CardOf(kVisaTestPan, "c1");
  later.expiry = TestExpiry(1, 2037);
  later.cardholder_name = "Eve";
  later.labels = {{"k", "other"}};
  later.retention = absl::Hours(99);
  const TokenizeOutput updated = *vault_.Tokenize(std::move(later));
  EXPECT_EQ(updated.disposition, Disposition::kExpiryUpdated);
  EXPECT_EQ(updated.view.token, created.view.token);
  EXPECT_GT(updated.view.revision, created.view.revision);
  const TokenView read = *vault_.Get(created.view.token);
  EXPECT_EQ(read.profile.expiry, TestExpiry(1, 2037));
  EXPECT_EQ(read.profile.cardholder_name, "Ada");
  EXPECT_THAT(read.labels, ElementsAre(std::make_pair("k", "v")));
  EXPECT_EQ(read.delete_time, created.view.delete_time);
  EXPECT_EQ(read.revision, updated.view.revision);
  EXPECT_EQ(read.update_time, vault_.clock().Now());
}

TEST_F(TokenizerTest, EarlierOrEqualExpiryChangesNothing) {
  const TokenizeOutput created = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  TokenizeInput earlier = CardOf(kVisaTestPan, "c1");
  earlier.expiry = TestExpiry(11, 2035);
  const TokenizeOutput matched = *vault_.Tokenize(std::move(earlier));
  EXPECT_EQ(matched.disposition, Disposition::kExisting);
  EXPECT_EQ(matched.view.profile.expiry, TestExpiry(12, 2035));
  EXPECT_EQ(vault_.Get(created.view.token)->revision, created.view.revision);
}

TEST_F(TokenizerTest, DisabledTokenStaysDisabledAndSaysSo) {
  const TokenizeOutput created = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  ASSERT_THAT(vault_.Disable(created.view.token), IsOk());
  EXPECT_EQ(vault_.Tokenize(CardOf(kVisaTestPan, "c1"))->view.state, TokenState::kDisabled);
  TokenizeInput later = CardOf(kVisaTestPan, "c1");
  later.expiry = TestExpiry(1, 2037);
  const TokenizeOutput updated = *vault_.Tokenize(std::move(later));
  EXPECT_EQ(updated.disposition, Disposition::kExpiryUpdated);
  EXPECT_EQ(updated.view.state, TokenState::kDisabled);
  EXPECT_EQ(vault_.Get(created.view.token)->state, TokenState::kDisabled);
}

TEST_F(TokenizerTest, DeletedTokenIsNotReused) {
  for (const Reuse reuse : {Reuse::kCustomer, Reuse::kMerchant}) {
    const absl::string_view pan = reuse == Reuse::kCustomer ? kVisaTestPan : kVisaTestPan2;
    TokenizeInput input = CardOf(pan, "c1");
    input.reuse = reuse;
    const TokenizeOutput first = *vault_.Tokenize(std::move(input));
    ASSERT_THAT(vault_.Delete(first.view.token), IsOk());
    TokenizeInput next = CardOf(pan, "c1");
    next.reuse = reuse;
    const TokenizeOutput second = *vault_.Tokenize(std::move(next));
    EXPECT_EQ(second.disposition, Disposition::kCreated);
    EXPECT_FALSE(second.view.token == first.view.token);
    EXPECT_NE(second.view.fingerprint, first.view.fingerprint);  // it went with the last token
  }
}

TEST_F(TokenizerTest, TokenPastItsRetentionIsNotReusedBeforeTheSweep) {
  for (const Reuse reuse : {Reuse::kCustomer, Reuse::kMerchant}) {
    TokenizeInput input = CardOf(kVisaTestPan, "c1");
    input.reuse = reuse;
    input.retention = absl::Hours(30);
    const TokenizeOutput first = *vault_.Tokenize(std::move(input));
    vault_.clock().Advance(absl::Hours(30));
    TokenizeInput next = CardOf(kVisaTestPan, "c1");
    next.reuse = reuse;
    const TokenizeOutput second = *vault_.Tokenize(std::move(next));
    EXPECT_EQ(second.disposition, Disposition::kCreated);
    EXPECT_THAT(vault_.Get(first.view.token), StatusIs(absl::StatusCode::kNotFound));
    TokenizeInput third = CardOf(kVisaTestPan, "c1");
    third.reuse = reuse;
    EXPECT_EQ(vault_.Tokenize(std::move(third))->view.token, second.view.token);
  }
}

TEST_F(TokenizerTest, ExpiredCardIsRefused) {
  // FakeClock stands in January 2030.
  for (const auto& [month, year] : {std::pair(12, 2029), std::pair(1, 2029), std::pair(12, 2000)}) {
    TokenizeInput input = vault_.Card(kVisaTestPan);
    input.expiry = TestExpiry(month, year);
    EXPECT_THAT(vault_.Tokenize(std::move(input)),
                StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kExpiryInvalid));
  }
  TokenizeInput input = vault_.Card(kVisaTestPan);
  input.expiry = TestExpiry(1, 2030);
  EXPECT_THAT(vault_.Tokenize(std::move(input)), IsOk());
}

TEST(TokenizerModeTest, ProductionRefusesGeneratedTestNumbersAndMintsLiveTokens) {
  TestVault vault({.mode = VaultMode::kProduction});
  const TokenizeOutput output = *vault.Tokenize(vault.Card(kVisaTestPan));
  EXPECT_EQ(output.view.token.text().substr(0, 9), "tok_live_");
}

TEST_F(TokenizerTest, SealedVaultRefuses) {
  const auto keyring = vault_.keyring().Snapshot();
  vault_.keyring().Seal();
  EXPECT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan)),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  vault_.keyring().Set(*keyring);
}

TEST_F(TokenizerTest, EveryChangeCarriesItsAuditEntry) {
  const uint64_t before = vault_.pipeline().audit_entry_count();
  const TokenizeOutput created = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  ASSERT_THAT(vault_.Tokenize(CardOf(kVisaTestPan, "c1")), IsOk());
  TokenizeInput later = CardOf(kVisaTestPan, "c1");
  later.expiry = TestExpiry(1, 2037);
  later.with_cvv = true;
  ASSERT_THAT(vault_.Tokenize(std::move(later)), IsOk());
  const std::vector<AuditLeaf> leaves = vault_.Leaves(before);
  EXPECT_THAT(leaves, ElementsAre(Field(&AuditLeaf::action, AuditAction::kTokenCreated),
                                  Field(&AuditLeaf::action, AuditAction::kTokenMatched),
                                  Field(&AuditLeaf::action, AuditAction::kTokenExpiryUpdated),
                                  Field(&AuditLeaf::action, AuditAction::kCvvDeposited)));
  for (const AuditLeaf& leaf : leaves) {
    EXPECT_EQ(leaf.object, created.view.token.text());
    EXPECT_EQ(leaf.origin.principal, "spiffe://test/merchant/shop/ingest");
  }
  EXPECT_EQ(leaves[0].key_version, 1u);
  EXPECT_EQ(created.view.revision, before);
}

TEST_F(TokenizerTest, CvvEntryIsWrittenForActiveTokensOnly) {
  const TokenizeOutput created = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  ASSERT_THAT(vault_.Disable(created.view.token), IsOk());
  const uint64_t before = vault_.pipeline().audit_entry_count();
  TokenizeInput input = CardOf(kVisaTestPan, "c1");
  input.with_cvv = true;
  ASSERT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  EXPECT_THAT(ActionsSince(before), ElementsAre(AuditAction::kTokenMatched));
}

TEST_F(TokenizerTest, ReplayAnswersTheRecordedTokenAndDisposition) {
  const TokenizeInput input = CardOf(kVisaTestPan, "c1");
  const TokenizeOutput first = *vault_.Tokenize(Again(input));
  vault_.clock().Advance(absl::Hours(23));
  const uint64_t before = vault_.pipeline().audit_entry_count();
  const absl::StatusOr<TokenizeOutput> second = vault_.Tokenize(Again(input));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->disposition, Disposition::kCreated);
  EXPECT_EQ(second->view.token, first.view.token);
  EXPECT_EQ(second->replay_of, first.view.revision);
  const std::vector<AuditLeaf> leaves = vault_.Leaves(before);  // it changes nothing
  ASSERT_EQ(leaves.size(), 1u);
  EXPECT_EQ(leaves[0].action, AuditAction::kTokenMatched);
  EXPECT_EQ(leaves[0].object, first.view.token.text());
}

TEST_F(TokenizerTest, ReplayAnswersRecordedMatchesAndUpdatesToo) {
  ASSERT_THAT(vault_.Tokenize(CardOf(kVisaTestPan, "c1")), IsOk());
  const TokenizeInput matched = CardOf(kVisaTestPan, "c1");
  TokenizeInput updated = CardOf(kVisaTestPan, "c1");
  updated.expiry = TestExpiry(1, 2037);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(vault_.Tokenize(Again(matched))->disposition, Disposition::kExisting);
    EXPECT_EQ(vault_.Tokenize(Again(updated))->disposition, Disposition::kExpiryUpdated);
  }
}

TEST_F(TokenizerTest, ReplayWithAnotherCvvPresenceIsTheSameRequest) {
  TokenizeInput input = CardOf(kVisaTestPan, "c1");
  const TokenizeOutput first = *vault_.Tokenize(Again(input));
  input.with_cvv = true;
  const absl::StatusOr<TokenizeOutput> second = vault_.Tokenize(Again(input));
  ASSERT_THAT(second, IsOk());
  EXPECT_TRUE(second->replay_of.has_value());
  EXPECT_EQ(second->view.token, first.view.token);
}

TEST_F(TokenizerTest, OtherContentUnderTheSameRequestIdIsRefused) {
  const TokenizeInput input = CardOf(kVisaTestPan, "c1");
  ASSERT_THAT(vault_.Tokenize(Again(input)), IsOk());
  TokenizeInput other_pan = Again(input);
  other_pan.pan = *Pan::Parse(kVisaTestPan2);
  TokenizeInput other_name = Again(input);
  other_name.cardholder_name = "Eve";
  for (TokenizeInput* other : {&other_pan, &other_name}) {
    const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(*other));
    EXPECT_THAT(output, StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused));
    EXPECT_EQ(FieldOf(output.status()), "request_id");
  }
}

TEST_F(TokenizerTest, RequestIdsOfTwoMerchantsAreUnrelated) {
  const TokenizeInput input = CardOf(kVisaTestPan, "c1");
  const TokenizeOutput first = *vault_.Tokenize(Again(input));
  TokenizeInput foreign = Again(input);
  foreign.call = TestCall("other");
  const TokenizeOutput second = *vault_.Tokenize(std::move(foreign));
  EXPECT_EQ(second.disposition, Disposition::kCreated);
  EXPECT_FALSE(second.replay_of.has_value());
}

TEST_F(TokenizerTest, RequestIdIsFreeAgainAfterTheWindow) {
  const TokenizeInput input = CardOf(kVisaTestPan, "c1");
  const TokenizeOutput first = *vault_.Tokenize(Again(input));
  vault_.clock().Advance(absl::Hours(24));
  TokenizeInput other = Again(input);
  other.cardholder_name = "Eve";
  const absl::StatusOr<TokenizeOutput> second = vault_.Tokenize(std::move(other));
  ASSERT_THAT(second, IsOk());
  EXPECT_FALSE(second->replay_of.has_value());
  EXPECT_EQ(second->disposition, Disposition::kExisting);
}

TEST_F(TokenizerTest, ReplayOfADeletedTokenIsNotFoundAndMakesNone) {
  const TokenizeInput input = CardOf(kVisaTestPan, "c1");
  const TokenizeOutput first = *vault_.Tokenize(Again(input));
  ASSERT_THAT(vault_.Delete(first.view.token), IsOk());
  EXPECT_THAT(vault_.Tokenize(Again(input)),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound));
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 1u);
}

TEST_F(TokenizerTest, ReplayIsAnsweredAfterTheCardExpired) {
  TokenizeInput input = CardOf(kVisaTestPan, "c1");
  input.expiry = TestExpiry(1, 2030);
  vault_.clock().SetNow(input.expiry.ExpiredFrom() - absl::Hours(1));
  const TokenizeOutput first = *vault_.Tokenize(Again(input));
  vault_.clock().Advance(absl::Hours(2));
  EXPECT_EQ(vault_.Tokenize(Again(input))->view.token, first.view.token);
}

TEST_F(TokenizerTest, DamagedRecordIsDataLossNeverWrongData) {
  const TokenizeOutput created = *vault_.Tokenize(CardOf(kVisaTestPan, "c1"));
  const KeyedRow row = vault_.Rows(Table::kRecords).front();
  std::string damaged = row.row.value;
  // The last byte of the profile's tag, wherever it stands.
  storage::v1::CardRecord record;
  ASSERT_TRUE(record.ParseFromString(damaged));
  record.mutable_profile()->mutable_sealed()->back() ^= 1;
  vault_.fake_engine().Plant(Table::kRecords, row.key, record.SerializeAsString(),
                             row.row.revision);
  EXPECT_THAT(vault_.Get(created.view.token),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  EXPECT_THAT(vault_.Tokenize(CardOf(kVisaTestPan, "c1")), StatusIs(absl::StatusCode::kDataLoss));
  vault_.fake_engine().Plant(Table::kRecords, row.key, row.row.value, row.row.revision);
}

// S7: what the store holds of a PAN is keyed; another vault's keys find nothing in it.
TEST_F(TokenizerTest, NoRowKeyOrValueHoldsAPan) {
  std::vector<std::string> pans;
  for (const absl::string_view pan : kPublishedTestPans) {
    const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(vault_.Card(pan));
    if (!output.ok()) continue;
    pans.emplace_back(pan);
  }
  ASSERT_GT(pans.size(), 20u);
  for (int table = 0; table < kTableCount; ++table) {
    for (const KeyedRow& row : vault_.Rows(static_cast<Table>(table))) {
      for (const std::string& pan : pans) {
        EXPECT_EQ(row.key.find(pan), std::string::npos);
        EXPECT_EQ(row.row.value.find(pan), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace cardvault
