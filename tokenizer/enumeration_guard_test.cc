#include "tokenizer/enumeration_guard.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error_reason.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"

namespace cardvault {
namespace {

// The guard is judged by what Tokenize and ReplacePan answer.
class EnumerationGuardTest : public testing::Test {
 protected:
  ~EnumerationGuardTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  absl::Status Try(const std::string& pan, absl::string_view merchant = "shop") {
    return vault_.Tokenize(vault_.Card(pan, merchant)).status();
  }
  static auto Refused() {
    return StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kEnumeration);
  }

  TestVault vault_;
  const std::vector<std::string> pans_ = PansSharingEnds(1000);
};

TEST_F(EnumerationGuardTest, TheEleventhDistinctPanIsRefused) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  EXPECT_THAT(Try(pans_[10]), Refused());
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 10u);
}

TEST_F(EnumerationGuardTest, APanSeenWithinTheWindowDoesNotCountAgain) {
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  }
  EXPECT_THAT(Try(pans_[10]), Refused());
  EXPECT_THAT(Try(pans_[3]), IsOk());  // a refusal of others does not shut out a known card
}

TEST_F(EnumerationGuardTest, MerchantsAreCountedApart) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  EXPECT_THAT(Try(pans_[10], "other"), IsOk());
}

TEST_F(EnumerationGuardTest, OtherEndsAreCountedApart) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  EXPECT_THAT(Try(std::string(kVisaTestPan)), IsOk());
}

TEST_F(EnumerationGuardTest, TheWindowSlides) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(Try(pans_[i]), IsOk());
    vault_.clock().Advance(absl::Hours(1));
  }
  EXPECT_THAT(Try(pans_[10]), Refused());
  vault_.clock().Advance(absl::Hours(14) - absl::Microseconds(1));
  EXPECT_THAT(Try(pans_[10]), Refused());
  vault_.clock().Advance(absl::Microseconds(1));  // the first has left the window
  EXPECT_THAT(Try(pans_[10]), IsOk());
  EXPECT_THAT(Try(pans_[11]), Refused());
  vault_.clock().Advance(absl::Hours(1));
  EXPECT_THAT(Try(pans_[11]), IsOk());
}

// Seeing a card again does not keep it in the window: it counts from when it was first seen.
TEST_F(EnumerationGuardTest, APanCountsFromWhenItWasFirstSeen) {
  EXPECT_THAT(Try(pans_[0]), IsOk());
  vault_.clock().Advance(absl::Hours(23));
  EXPECT_THAT(Try(pans_[0]), IsOk());
  for (int i = 1; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  EXPECT_THAT(Try(pans_[10]), Refused());
  vault_.clock().Advance(absl::Hours(1));
  EXPECT_THAT(Try(pans_[10]), IsOk());
}

// S7, T5: who knows BIN and last four, and steps through what may stand between, learns in a day
// whether ten of the candidates are in the vault, whether they match a card or not.
TEST_F(EnumerationGuardTest, AnAttackerWhoStepsThroughCandidatesLearnsOfTenADay) {
  // The victims: cards stored a week ago, in the middle of the attacker's list.
  std::set<std::string> victims(pans_.begin() + 500, pans_.begin() + 505);
  for (const std::string& pan : victims) {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer("c1");
    ASSERT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  }
  vault_.clock().Advance(absl::Hours(7 * 24));

  int answered = 0;
  int found = 0;
  for (size_t i = 495; i < pans_.size(); ++i) {
    TokenizeInput probe = vault_.Card(pans_[i]);
    probe.customer = TestCustomer("c1");
    const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(probe));
    if (!output.ok()) {
      EXPECT_THAT(output, Refused());
      continue;
    }
    ++answered;
    found += output->disposition != Disposition::kCreated;
  }
  EXPECT_EQ(answered, 10);
  EXPECT_EQ(found, 5);  // matches were counted as well: no candidate after the tenth was answered
}

TEST_F(EnumerationGuardTest, ReplacePanCountsToo) {
  const TokenizeOutput card = *vault_.Tokenize(vault_.Card(pans_[0]));
  for (int i = 1; i < 10; ++i) {
    EXPECT_THAT(vault_.ReplacePan(vault_.Replacement(card.view.token, pans_[i])), IsOk());
  }
  EXPECT_THAT(vault_.ReplacePan(vault_.Replacement(card.view.token, pans_[10])), Refused());
  EXPECT_THAT(Try(pans_[10]), Refused());
}

TEST_F(EnumerationGuardTest, ReplaysDoNotCount) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  TokenizeInput input = vault_.Card(pans_[0]);
  TokenizeInput again = vault_.Card(pans_[0]);
  again.request_id = input.request_id;
  EXPECT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  vault_.clock().Advance(absl::Hours(23));
  EXPECT_THAT(vault_.Tokenize(std::move(again)), IsOk());
}

TEST_F(EnumerationGuardTest, APanIsKnownAcrossARotationOfItsKey) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  vault_.RotateKeys(2);
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Try(pans_[i]), IsOk());
  EXPECT_THAT(Try(pans_[10]), Refused());
}

TEST_F(EnumerationGuardTest, GeneratedCardsOfAWholeTestRunAreAdmitted) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  for (int i = 0; i < 3000; ++i) ASSERT_THAT(Try(generator.Pan()), IsOk());
}

}  // namespace
}  // namespace cardvault
