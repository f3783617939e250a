#include "card/luhn.h"

#include <string>

#include "card/test_pans.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(LuhnTest, PublishedNumbersPass) {
  for (const absl::string_view pan : kPublishedTestPans) EXPECT_TRUE(PassesLuhn(pan));
}

TEST(LuhnTest, EveryWrongDigitFails) {
  for (const absl::string_view pan : kPublishedTestPans) {
    for (size_t i = 0; i < pan.size(); ++i) {
      for (char digit = '0'; digit <= '9'; ++digit) {
        std::string changed(pan);
        changed[i] = digit;
        EXPECT_EQ(PassesLuhn(changed), digit == pan[i]);
      }
    }
  }
}

TEST(LuhnTest, CheckDigitCompletesAnyPayload) {
  std::string payload;
  for (int i = 0; i < 25; ++i) {
    EXPECT_TRUE(PassesLuhn(payload + LuhnCheckDigit(payload))) << i;
    payload.push_back(static_cast<char>('0' + (i * 7 + 3) % 10));
  }
  // ISO/IEC 7812-1 and every textbook.
  EXPECT_EQ(LuhnCheckDigit("7992739871"), '3');
}

TEST(LuhnTest, NothingDoesNotPass) { EXPECT_FALSE(PassesLuhn("")); }

TEST(LuhnDeathTest, OtherCharactersAreACallersMistake) {
  EXPECT_DEATH(PassesLuhn("4111x"), "check failed");
}

}  // namespace
}  // namespace cardvault
