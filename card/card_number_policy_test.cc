#include "card/card_number_policy.h"

#include <string>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/luhn.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"

namespace cardvault {
namespace {

absl::Status Check(absl::string_view digits, VaultMode mode) {
  return CheckAllowed(Pan::Parse(digits).value(), mode);
}

std::string WithCheckDigit(std::string payload) { return payload + LuhnCheckDigit(payload); }

TEST(CardNumberPolicyTest, SandboxTakesPublishedAndGeneratedNumbers) {
  for (const absl::string_view digits : kPublishedTestPans) {
    EXPECT_TRUE(Check(digits, VaultMode::kSandbox).ok());
  }
  CardGenerator generator = CardGenerator::FromEnvironment();
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(Check(generator.Pan(), VaultMode::kSandbox).ok());
  }
}

// P3
TEST(CardNumberPolicyTest, SandboxRefusesEveryOtherNumber) {
  for (const std::string& digits :
       {WithCheckDigit("411111111111112"), WithCheckDigit("555555555555445"),
        WithCheckDigit("37828224631001"),
        // Under 999999, of another length.
        WithCheckDigit("99999912345678"), WithCheckDigit("9999991234567890")}) {
    const absl::Status status = Check(digits, VaultMode::kSandbox);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), ErrorReason::kPanInvalid);
    EXPECT_EQ(FieldOf(status), "card.number");
  }
}

// P3
TEST(CardNumberPolicyTest, ProductionRefusesTheTestRangeAtEveryLength) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  EXPECT_EQ(ReasonOf(Check(generator.Pan(), VaultMode::kProduction)), ErrorReason::kPanInvalid);
  std::string payload = "99999912345";
  for (; payload.size() < 19; payload.push_back('6')) {
    EXPECT_FALSE(Check(WithCheckDigit(payload), VaultMode::kProduction).ok());
  }
  EXPECT_TRUE(Check(WithCheckDigit("411111111111112"), VaultMode::kProduction).ok());
}

}  // namespace
}  // namespace cardvault
