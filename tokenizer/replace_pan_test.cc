#include <string>
#include <utility>
#include <vector>

#include "base/error_reason.h"
#include "card/test_pans.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "tokenizer/tokenizer.h"
#include "vault/records/card_store.h"

namespace cardvault {
namespace {

class ReplacePanTest : public testing::Test {
 protected:
  ~ReplacePanTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  TokenizeOutput Make(absl::string_view pan, Reuse reuse = Reuse::kCustomer) {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer("c1");
    input.reuse = reuse;
    input.cardholder_name = "Ada";
    return *vault_.Tokenize(std::move(input));
  }
  storage::v1::CardRecord Record(const Token& token) {
    return CardStore(vault_.engine()).Find(TestMerchant("shop"), token)->record;
  }

  TestVault vault_;
};

TEST_F(ReplacePanTest, TheTokenStaysAndStandsForTheNewCard) {
  const TokenView before = Make(kVisaTestPan).view;
  const absl::StatusOr<TokenView> after =
      vault_.ReplacePan(vault_.Replacement(before.token, kMastercardTestPan));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->token, before.token);
  EXPECT_EQ(after->brand, Brand::kMastercard);
  EXPECT_EQ(after->truncated.last_four, "4444");
  EXPECT_NE(after->fingerprint, before.fingerprint);
  EXPECT_EQ(after->profile.expiry, TestExpiry(12, 2036));
  EXPECT_EQ(after->profile.cardholder_name, "Ada");
  EXPECT_GT(after->revision, before.revision);
  EXPECT_EQ(vault_.Get(before.token)->revision, after->revision);
  EXPECT_EQ(Record(before.token).pan_generation(), 2u);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);  // the old card's row went with it
}

TEST_F(ReplacePanTest, TheSamePanIsTheSameGeneration) {
  const TokenView before = Make(kVisaTestPan).view;
  const TokenView after = *vault_.ReplacePan(vault_.Replacement(before.token, kVisaTestPan));
  EXPECT_EQ(after.fingerprint, before.fingerprint);
  EXPECT_EQ(after.profile.expiry, TestExpiry(12, 2036));
  EXPECT_EQ(Record(before.token).pan_generation(), 1u);
}

TEST_F(ReplacePanTest, ANameThatIsSetReplacesTheStoredOne) {
  const TokenView before = Make(kVisaTestPan).view;
  ReplacePanInput input = vault_.Replacement(before.token, kMastercardTestPan);
  input.cardholder_name = "";
  EXPECT_EQ(vault_.ReplacePan(std::move(input))->profile.cardholder_name, "");
}

TEST_F(ReplacePanTest, ReuseFollowsTheNewPan) {
  for (const Reuse reuse : {Reuse::kCustomer, Reuse::kMerchant}) {
    const absl::string_view from = reuse == Reuse::kCustomer ? kVisaTestPan : kVisaTestPan2;
    const absl::string_view to = reuse == Reuse::kCustomer ? kMastercardTestPan : kAmexTestPan;
    const TokenView card = Make(from, reuse).view;
    ASSERT_THAT(vault_.ReplacePan(vault_.Replacement(card.token, to)), IsOk());
    const TokenizeOutput by_new = Make(to, reuse);
    EXPECT_EQ(by_new.view.token, card.token);
    EXPECT_EQ(by_new.disposition, Disposition::kExisting);
    EXPECT_EQ(Make(from, reuse).disposition, Disposition::kCreated);
  }
}

TEST_F(ReplacePanTest, ATakenReuseSlotStaysWithItsToken) {
  const TokenView holder = Make(kMastercardTestPan).view;
  const TokenView moved = Make(kVisaTestPan).view;
  const TokenView after = *vault_.ReplacePan(vault_.Replacement(moved.token, kMastercardTestPan));
  EXPECT_EQ(after.fingerprint, holder.fingerprint);
  EXPECT_EQ(Make(kMastercardTestPan).view.token, holder.token);
  ASSERT_THAT(vault_.Delete(holder.token), IsOk());
  EXPECT_EQ(vault_.Get(moved.token)->fingerprint, holder.fingerprint);
  EXPECT_EQ(vault_.Inconsistency(), "");
}

TEST_F(ReplacePanTest, TheOldCardsRowStaysWhileAnotherTokenHasIt) {
  const TokenView first = Make(kVisaTestPan).view;
  const TokenView second = Make(kVisaTestPan, Reuse::kNone).view;
  ASSERT_THAT(vault_.ReplacePan(vault_.Replacement(first.token, kMastercardTestPan)), IsOk());
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 2u);
  EXPECT_EQ(Make(kVisaTestPan, Reuse::kNone).view.fingerprint, second.fingerprint);
}

TEST_F(ReplacePanTest, AnOutdatedRevisionIsRefused) {
  const TokenView card = Make(kVisaTestPan).view;
  ASSERT_THAT(vault_.Disable(card.token), IsOk());
  ReplacePanInput input = vault_.Replacement(card.token, kMastercardTestPan);
  input.revision = card.revision;
  EXPECT_THAT(vault_.ReplacePan(std::move(input)),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision));
  ReplacePanInput current = vault_.Replacement(card.token, kMastercardTestPan);
  current.revision = vault_.Get(card.token)->revision;
  const absl::StatusOr<TokenView> after = vault_.ReplacePan(std::move(current));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->state, TokenState::kDisabled);
}

TEST_F(ReplacePanTest, AReplayChangesNothing) {
  const TokenView card = Make(kVisaTestPan).view;
  const ReplacePanInput input = vault_.Replacement(card.token, kMastercardTestPan);
  const auto again = [&] {
    return ReplacePanInput{.call = input.call,
                           .request_id = input.request_id,
                           .token = input.token,
                           .revision = card.revision,
                           .pan = input.pan.Clone(),
                           .expiry = input.expiry,
                           .cardholder_name = std::nullopt};
  };
  const TokenView first = *vault_.ReplacePan(again());
  const absl::StatusOr<TokenView> second = vault_.ReplacePan(again());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->revision, first.revision);
  EXPECT_EQ(Record(card.token).pan_generation(), 2u);
  ReplacePanInput other = again();
  other.pan = *Pan::Parse(kVisaTestPan2);
  EXPECT_THAT(vault_.ReplacePan(std::move(other)),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused));
}

TEST_F(ReplacePanTest, ForeignForgedAndDeletedTokensAreOneNotFound) {
  const TokenView card = Make(kVisaTestPan).view;
  const auto not_found = StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound);
  EXPECT_THAT(vault_.ReplacePan(vault_.Replacement(card.token, kVisaTestPan2, "other")), not_found);
  ASSERT_THAT(vault_.Delete(card.token), IsOk());
  EXPECT_THAT(vault_.ReplacePan(vault_.Replacement(card.token, kVisaTestPan2)), not_found);
}

TEST_F(ReplacePanTest, AnExpiredCardIsRefused) {
  const TokenView card = Make(kVisaTestPan).view;
  ReplacePanInput input = vault_.Replacement(card.token, kMastercardTestPan);
  input.expiry = TestExpiry(12, 2029);
  EXPECT_THAT(vault_.ReplacePan(std::move(input)),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kExpiryInvalid));
}

TEST_F(ReplacePanTest, ItIsAudited) {
  const TokenView card = Make(kVisaTestPan).view;
  const uint64_t before = vault_.pipeline().audit_entry_count();
  ASSERT_THAT(vault_.ReplacePan(vault_.Replacement(card.token, kMastercardTestPan)), IsOk());
  const std::vector<AuditLeaf> leaves = vault_.Leaves(before);
  ASSERT_EQ(leaves.size(), 1u);
  EXPECT_EQ(leaves[0].action, AuditAction::kTokenPanReplaced);
  EXPECT_EQ(leaves[0].object, card.token.text());
  EXPECT_EQ(leaves[0].key_version, 1u);
}

}  // namespace
}  // namespace cardvault
