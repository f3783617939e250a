#include "sandbox/text_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "sandbox/iso_codes.h"

namespace cardvault::sandbox {
namespace {

TEST(TextRulesTest, CardNumberNeedsLengthAndCheckDigit) {
  for (absl::string_view pan : kPublishedTestPans) EXPECT_TRUE(IsCardNumber(pan));
  std::string wrong(kVisaTestPan);
  wrong.back() = '2';
  EXPECT_FALSE(IsCardNumber(wrong));
  EXPECT_FALSE(IsCardNumber("00000000000"));
  EXPECT_FALSE(IsCardNumber(std::string(20, '0')));
  EXPECT_FALSE(IsCardNumber(""));
}

TEST(TextRulesTest, FindsCardNumbersInsideIds) {
  EXPECT_TRUE(HoldsCardNumber(kVisaTestPan));
  EXPECT_TRUE(HoldsCardNumber(absl::StrCat("order-", kVisaTestPan, "-1")));
  EXPECT_FALSE(HoldsCardNumber("order-12345678901"));
}

TEST(TextRulesTest, CvvIsThreeOrFourDigits) {
  EXPECT_TRUE(IsCvv("000"));
  EXPECT_TRUE(IsCvv("1234"));
  for (const char* text : {"", "12", "12345", "12a", " 123"}) EXPECT_FALSE(IsCvv(text));
}

TEST(TextRulesTest, CardExpiryIsMonthSlashYear) {
  int month = 0;
  int year = 0;
  ASSERT_TRUE(ParseCardExpiry("12/2030", month, year));
  EXPECT_EQ(month, 12);
  EXPECT_EQ(year, 2030);
  for (const char* text : {"", "1/2030", "00/2030", "13/2030", "12/30", "12-2030", "12/2030 "}) {
    EXPECT_FALSE(ParseCardExpiry(text, month, year)) << text;
  }
}

TEST(TextRulesTest, CardExpiresWhenItsMonthHasEndedEverywhere) {
  constexpr int64_t kEndOf2029Utc = 1893456000;
  EXPECT_FALSE(IsExpired(12, 2029, kEndOf2029Utc + 12 * 3600 - 1));
  EXPECT_TRUE(IsExpired(12, 2029, kEndOf2029Utc + 12 * 3600));
}

TEST(TextRulesTest, PhoneIsDigitsAndNoDummy) {
  for (const char* text : {"442071838750", "102938"}) EXPECT_TRUE(IsPhoneNumber(text)) << text;
  for (const char* text :
       {"", "12034", "000000", "1111111", "123456", "1234567890", "987654", "+442071838750"}) {
    EXPECT_FALSE(IsPhoneNumber(text)) << text;
  }
}

TEST(TextRulesTest, OtherForms) {
  EXPECT_TRUE(IsDate("02/29/2000"));
  EXPECT_FALSE(IsDate("02/29/2001"));
  EXPECT_FALSE(IsDate("29/02/2000"));
  EXPECT_TRUE(IsEmail("a@example.com"));
  for (const char* text : {"a", "@example.com", "a@b", "a@@b.c", "a b@c.d", "a@b."}) {
    EXPECT_FALSE(IsEmail(text)) << text;
  }
  EXPECT_TRUE(IsIpAddress("198.51.100.24"));
  EXPECT_TRUE(IsIpAddress("2001:db8::1"));
  EXPECT_FALSE(IsIpAddress("198.51.100"));
  EXPECT_TRUE(IsUrl("https://m.example/n?a=1"));
  for (const char* text : {"m.example", "ftp://m", "https://", "https:///x", "https://a b"}) {
    EXPECT_FALSE(IsUrl(text)) << text;
  }
  EXPECT_TRUE(IsZip("K1A 0B1"));
  EXPECT_TRUE(IsZip("10001-1234"));
  for (const char* text : {"", "-", " 1", "1_2"}) EXPECT_FALSE(IsZip(text)) << text;
}

TEST(IsoCodesTest, KnowsWholeCodesOnly) {
  EXPECT_TRUE(IsCountryCode("US"));
  EXPECT_TRUE(IsCountryCode("ZW"));
  for (const char* text : {"", "U", "us", "UK", "XX", "D A", "USA"}) {
    EXPECT_FALSE(IsCountryCode(text)) << text;
  }
  EXPECT_TRUE(IsCurrencyCode("USD"));
  EXPECT_TRUE(IsCurrencyCode("ZMW"));
  for (const char* text : {"", "US", "usd", "XXX", "D US", "ABC"}) {
    EXPECT_FALSE(IsCurrencyCode(text)) << text;
  }
}

}  // namespace
}  // namespace cardvault::sandbox
