#include "sandbox/outcome.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "card/test_pans.h"
#include "sandbox/card_echo.h"
#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

TEST(OutcomeTest, AmountTakesPrecedenceOverCvv) {
  EXPECT_EQ(ChooseOutcome("000", 70003).verdict, Verdict::kApproved);
  EXPECT_EQ(ChooseOutcome("000", 70003).fault, Fault::kSlow);
  EXPECT_EQ(ChooseOutcome("000", 70018).verdict, Verdict::kApproved);
  EXPECT_EQ(ChooseOutcome("000", 70020).verdict, Verdict::kDeclined);
}

TEST(OutcomeTest, OnlyCloseBeforeBookingDoesNotBook) {
  for (int64_t amount = 70001; amount <= 70019; ++amount) {
    EXPECT_EQ(ChooseOutcome("568", amount).books(), amount != 70014) << amount;
  }
}

TEST(OutcomeTest, FaultsLookUpsByAmount) {
  EXPECT_EQ(ChooseOutcome("568", 70018).failing_lookups, 2);
  EXPECT_EQ(ChooseOutcome("568", 70019).lying_lookups, 1);
  EXPECT_EQ(ChooseOutcome("568", 1500).failing_lookups, 0);
  EXPECT_EQ(ChooseOutcome("568", 1500).lying_lookups, 0);
}

TEST(OutcomeTest, OnlyTheVendorsCardAndAmountContradict) {
  EXPECT_TRUE(ChooseOutcome("333", 334).contradicts);
  EXPECT_FALSE(ChooseOutcome("333", 335).contradicts);
  EXPECT_FALSE(ChooseOutcome("568", 334).contradicts);
}

TEST(OutcomeTest, NoCvvIsApproved) {
  EXPECT_EQ(ChooseOutcome("", 1500).verdict, Verdict::kApproved);
}

TEST(OutcomeTest, PendingAsyncNeedsItsAmount) {
  EXPECT_EQ(ChooseOutcome("588", 713).verdict, Verdict::kPendingAsync);
  EXPECT_EQ(ChooseOutcome("588", 714).verdict, Verdict::kApproved);
}

TEST(CardEchoTest, SpellsTheNumberInManyWays) {
  const std::string text = EchoText(kVisaTestPan);
  EXPECT_TRUE(absl::StrContains(text, kVisaTestPan));
  EXPECT_TRUE(absl::StrContains(text, "-1111-1111-"));
  EXPECT_TRUE(absl::StrContains(text, Base64(kVisaTestPan)));
  EXPECT_TRUE(absl::StrContains(text, "%34%31%31"));
  EXPECT_TRUE(absl::StrContains(EchoUrl("https://h", kVisaTestPan), kVisaTestPan));
}

}  // namespace
}  // namespace cardvault::sandbox
