#include "tests/testing/card_generator.h"

#include <map>
#include <set>
#include <string>

#include "card/brand.h"
#include "card/luhn.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(CardGeneratorTest, SameSeedGivesSameCards) {
  CardGenerator a(7);
  CardGenerator b(7);
  CardGenerator c(8);
  const std::string first = a.Pan();
  EXPECT_EQ(first, b.Pan());
  EXPECT_NE(first, c.Pan());
  EXPECT_EQ(a.Cvv(), b.Cvv());
  EXPECT_EQ(a.seed(), 7u);
}

TEST(CardGeneratorTest, NumbersAreSandboxNumbersWithoutRepetition) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  std::set<std::string> seen;
  for (int i = 0; i < 100'000; ++i) {
    const std::string pan = generator.Pan();
    ASSERT_EQ(pan.size(), 16u);
    ASSERT_TRUE(PassesLuhn(pan));
    ASSERT_EQ(BrandOf(pan), Brand::kSandbox);
    ASSERT_TRUE(seen.insert(pan).second);
  }
}

TEST(CardGeneratorTest, TenThousandShareLastFourAtMostTenTimes) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  std::map<std::string, int> count;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_LE(++count[generator.Pan().substr(12)], 10);
  }
}

TEST(CardGeneratorTest, CodesHaveTheirLengths) {
  CardGenerator generator(1);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(generator.Cvv().size(), 3u);
    EXPECT_EQ(generator.Cvv4().size(), 4u);
    const int month = generator.ExpiryMonth();
    EXPECT_TRUE(month >= 1 && month <= 12);
  }
}

}  // namespace
}  // namespace cardvault
