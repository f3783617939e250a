#include "cli/numbers.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace cardvault::cli {
namespace {

constexpr NumberRange kAmounts = {1, std::numeric_limits<int64_t>::max(), "minor units"};

TEST(NumberOfTest, PlainDigitsAreDecimal) {
  EXPECT_EQ(NumberOf("--amount", "1", kAmounts), 1);
  EXPECT_EQ(NumberOf("--amount", "0100", kAmounts), 100);
  EXPECT_EQ(NumberOf("--amount", std::to_string(kAmounts.most), kAmounts), kAmounts.most);
  EXPECT_EQ(NumberOf("--fd", "0", kDescriptors), 0);
}

TEST(NumberOfTest, EverythingElseIsRefusedWithoutTheText) {
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "0", "0x10", "1e3", "1.5", "1_000", "12a",
                           "9223372036854775808", "99999999999999999999", "\xd9\xa1"}) {
    try {
      NumberOf("--amount", text, kAmounts);
      ADD_FAILURE() << text;
    } catch (const CLI::ValidationError& error) {
      EXPECT_STREQ(error.what(),
                   "--amount: takes plain decimal digits, 1 to 9223372036854775807 (minor units)");
    }
  }
}

TEST(AddNumberTest, SetsTheNumberOrThrows) {
  CLI::App app;
  int days = 0;
  AddNumber(&app, "--days", days, {1, 3653, "ten years"}, "");
  app.parse("--days 3653");
  EXPECT_EQ(days, 3653);
  for (const char* line : {"--days 3654", "--days 0", "--days -5", "--days=+5", "--days=0x5"}) {
    EXPECT_THROW(app.parse(line), CLI::ValidationError) << line;
  }
  EXPECT_EQ(days, 3653);
}

}  // namespace
}  // namespace cardvault::cli
