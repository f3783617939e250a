#include "card/free_text.h"

#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/brand.h"
#include "card/luhn.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"

namespace cardvault {
namespace {

// `digits` in groups of four with `separator` between.
std::string Grouped(absl::string_view digits, const std::string& separator, size_t group = 4) {
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % group == 0) text += separator;
    text.push_back(digits[i]);
  }
  return text;
}

// `digits` with each digit written as the code point `zero` + digit, in UTF-8 of `prefix` + a byte.
std::string OtherScript(absl::string_view digits, const std::string& prefix, unsigned char zero) {
  std::string text;
  for (const char c : digits) {
    text += prefix;
    text.push_back(static_cast<char>(zero + (c - '0')));
  }
  return text;
}

std::vector<std::string> Spellings(absl::string_view pan) {
  const std::string digits(pan);
  std::vector<std::string> all = {digits};
  for (const char* const separator : {" ",
                                      "-",
                                      "  ",
                                      " - ",
                                      "--",
                                      "\xc2\xa0",
                                      "\xe2\x80\x93",
                                      "\xe2\x88\x92",
                                      "\xe2\x80\xaf",
                                      "\xe3\x80\x80",
                                      "\xe2\x80\x8d",
                                      "\xe2\x81\xa0",
                                      ".",
                                      "/",
                                      "_",
                                      ",",
                                      ":",
                                      "|",
                                      "*",
                                      ";",
                                      "=",
                                      "\t",
                                      "\t\t",
                                      "\x1b",
                                      "\x7f",
                                      "\xc2\x80",
                                      "\n",
                                      "\r",
                                      "\r\n",
                                      "\xc2\x85",
                                      "<b>",
                                      "</b>",
                                      "</td> <td class=\"x1\">"}) {
    all.push_back(Grouped(pan, separator));
  }
  all.push_back(Grouped(pan, " ", 1));
  all.push_back(Grouped(pan, "-", 1));
  all.push_back(Grouped(pan, " ", 2));
  all.push_back(Grouped(pan, "\t", 1));
  all.push_back(Grouped(pan, std::string(1, '\0'), 1));
  all.push_back(OtherScript(pan, "\xef\xbc", 0x90));  // full-width
  all.push_back(OtherScript(pan, "\xd9", 0xa0));      // Arabic-Indic
  all.push_back(OtherScript(pan, "\xdb", 0xb0));      // extended Arabic-Indic
  if (pan.size() == 15) {
    all.push_back(digits.substr(0, 4) + " " + digits.substr(4, 6) + " " + digits.substr(10));
    all.push_back(digits.substr(0, 4) + "." + digits.substr(4, 6) + "." + digits.substr(10));
  }
  return all;
}

// S5, T6
TEST(FreeTextTest, PublishedNumbersAreFoundInEverySpellingAndPlace) {
  for (const absl::string_view pan : kPublishedTestPans) {
    for (const std::string& spelled : Spellings(pan)) {
      for (const std::string& text :
           {spelled, "card " + spelled, spelled + " thanks", "x" + spelled + "y",
            "Zo\xc3\xab:" + spelled + "\n", "{\"number\":\"" + spelled + "\"}",
            "https://shop.example/?n=" + spelled + "&a=1"}) {
        EXPECT_TRUE(HoldsCardNumber(text)) << text;
      }
    }
  }
}

TEST(FreeTextTest, GeneratedNumbersAreFound) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  for (int i = 0; i < 1'000; ++i) {
    const std::string pan = generator.Pan();
    EXPECT_TRUE(HoldsCardNumber(pan));
    EXPECT_TRUE(HoldsCardNumber(Grouped(pan, " ")));
  }
}

TEST(FreeTextTest, NumberInsideALongerRunIsFound) {
  const std::string pan(kVisaTestPan);
  for (size_t before = 0; before <= 25; ++before) {
    for (size_t after = 0; after <= 25; ++after) {
      EXPECT_TRUE(HoldsCardNumber(std::string(before, '1') + pan + std::string(after, '1')));
    }
  }
  EXPECT_TRUE(HoldsCardNumber("order 12 " + pan + " 2031"));
}

TEST(FreeTextTest, OtherDigitsPass) {
  for (const char* const text : {
           "",
           "Ada Lovelace",
           "order 12345678901",  // eleven digits
           "4111111111111112",   // fails Luhn
           "4111 1111 1111 1112",
           "1111111111111111",             // fails Luhn, no issuer
           "0000000000000000",             // passes Luhn, no issuer
           "4111111a11111111",             // a letter between
           "192.168.100.200 10.11.12.13",  // addresses
           "2031-01-15T12:00:00Z",
           "1.000.000,00 EUR",
           "https://shop.example/2031/01/15/1000001",
           "v1.2.3.4.5.6.7.8.9.10.11.12",
           "20310115 120000+4111",  // the offset of a time
           "411111******1111",
           "bins:\n  - 4111\n  - 1111\n  - 1111\n  - 1111\n",  // a list, line by line
           "# 4111\n# 1111\n# 1111\n# 1111\n",
           "retries: 41\n11\n11\n11\n11\n11\n11\n11\n",
           "4111 1111\n\n1111 1111",  // two paragraphs
           "[\"4111\",\"1111\",\"1111\",\"1111\"]",
           "<td>41</td><td>11</td><td>11</td><td>11</td><td>11</td><td>11</td><td>11</td><td>11</"
           "td>",
           "4111 <1111111111",
           "a < 4111 && b > 111111111111",
       }) {
    EXPECT_FALSE(HoldsCardNumber(text)) << text;
  }
}

TEST(FreeTextTest, WeakSeparatorsJoinOnlyLongGroups) {
  const std::string pan(kVisaTestPan);
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, "/", 2)));
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, ".", 3)));
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, "..")));  // an ellipsis, a path
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, ". ")));  // the end of a sentence
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, "||")));
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, "\n", 3)));
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, "<b>", 3)));
  EXPECT_FALSE(HoldsCardNumber(Grouped(pan, "<b>:")));
  EXPECT_TRUE(HoldsCardNumber("4111 1111\n1111 1111"));
  EXPECT_TRUE(HoldsCardNumber("411111|1111111111"));
  // What reads as a tag is no place to hide in.
  EXPECT_TRUE(HoldsCardNumber("1234<b " + pan + ">5678"));
  EXPECT_TRUE(HoldsCardNumber("1." + pan));
  EXPECT_TRUE(HoldsCardNumber(pan + "."));
}

// The rule once more, without the window that runs along: what both say of random texts is the
// same.
bool HoldsCardNumberSlowly(const std::string& digits) {
  for (size_t begin = 0; begin < digits.size(); ++begin) {
    for (size_t length = 12; length <= 19 && begin + length <= digits.size(); ++length) {
      const std::string part = digits.substr(begin, length);
      if (PassesLuhn(part) && InKnownIssuerRange(part)) return true;
    }
  }
  return false;
}

TEST(FreeTextTest, AgreesWithTheSlowRuleOnRandomRuns) {
  const uint64_t seed = CardGenerator::FromEnvironment().seed();
  std::mt19937_64 random(seed);
  int found = 0;
  constexpr int kRuns = 50'000;
  for (int i = 0; i < kRuns; ++i) {
    std::string digits;
    std::string text;
    const size_t size = random() % 30;
    while (digits.size() < size) {
      digits.push_back(static_cast<char>('0' + random() % 10));
      text.push_back(digits.back());
      if (random() % 4 == 0) text.push_back(random() % 2 == 0 ? ' ' : '-');
    }
    const bool expected = HoldsCardNumberSlowly(digits);
    ASSERT_EQ(HoldsCardNumber(text), expected) << text;
    found += expected ? 1 : 0;
  }
  EXPECT_GT(found, kRuns / 20);
  EXPECT_LT(found, kRuns * 9 / 10);
}

TEST(FreeTextTest, MegabytesOfDigitsAreSearchedInReasonableTime) {
  // All of it is read, and every stretch of zeros passes Luhn.
  EXPECT_FALSE(HoldsCardNumber(std::string(1 << 20, '0')));
  EXPECT_FALSE(HoldsCardNumber(std::string(1 << 20, '<')));
}

TEST(FreeTextTest, TrackDataIsRecognised) {
  const std::string pan(kVisaTestPan);
  const std::string amex(kAmexTestPan);
  for (const std::string& text :
       {"%B" + pan + "^LOVELACE/ADA^30121010000?", "%b" + pan + "^LOVELACE/ADA^3012101",
        "B" + pan + "^LOVELACE/ADA^3012101",
        "%B" + amex.substr(0, 4) + " " + amex.substr(4, 6) + " " + amex.substr(10) + "^L^3012",
        ";" + pan + "=30121010000?", pan + "=3012101", pan + "D3012101",
        // Also with a number that fails Luhn.
        std::string("%B4111111111111112^X^3012"),
        std::string("text ;123456789012=3012101? text")}) {
    EXPECT_TRUE(LooksLikeTrackData(text)) << text;
    EXPECT_EQ(ReasonOf(CheckFreeText(text, 100, "description")), ErrorReason::kSadRefused);
  }
}

TEST(FreeTextTest, OtherTextsAreNoTrackData) {
  for (const char* const text :
       {"", "a=b", "order=1234", "?id=123456789=1234", "B12345678901^",
        "123456789012=", "123456789012=12a4", "12345678901234567890=3012"}) {
    EXPECT_FALSE(LooksLikeTrackData(text)) << text;
  }
}

TEST(FreeTextTest, CheckTakesTexts) {
  for (const char* const text :
       {"", "Ada Lovelace", "Zo\xc3\xab M\xc3\xbcller", "\xe6\x9d\xb1\xe4\xba\xac",
        "order 77, 2 shirts", "\xf0\x9f\x92\xb3",
        "a\xc2\xa0"
        "b"}) {
    EXPECT_TRUE(CheckFreeText(text, 100, "description").ok()) << text;
  }
  EXPECT_TRUE(CheckFreeText(std::string(100, 'a'), 100, "description").ok());
}

TEST(FreeTextTest, CheckRefusesAndNeverEchoes) {
  const std::string pan(kMastercardTestPan);
  for (const std::string& text :
       {std::string(101, 'a'), std::string("a\0b", 3), std::string("a\nb"), std::string("a\x7f"),
        std::string("a\x1b[2J"), std::string("a\xc2\x85"), std::string("\xff"),
        std::string("a\xc3"), std::string("\xed\xa0\x80"), std::string(1 << 20, '5'), pan,
        Grouped(pan, " ")}) {
    const absl::Status status = CheckFreeText(text, 100, "description");
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), ErrorReason::kTextInvalid);
    EXPECT_EQ(FieldOf(status), "description");
    EXPECT_EQ(status.ToString().find("5555"), std::string::npos);
  }
}

TEST(PhoneTest, TelephoneNumbersAreTaken) {
  for (const char* const text :
       {"", "+44 20 7946 0958", "(030) 901820", "+1-202-555-0143", "123", "+491711234567890",
        "00491711234567",
        // Passes Luhn under 49, a Visa range, at 13 digits: the reason for the exemption.
        "+49 171 12345674"}) {
    EXPECT_TRUE(CheckPhone(text, "customer.phone").ok()) << text;
  }
  // A + says that it is no card.
  EXPECT_TRUE(CheckPhone(absl::StrCat("+", kAmexTestPan), "customer.phone").ok());
}

TEST(PhoneTest, OtherTextsAreRefused) {
  for (const char* const text :
       {"abc", "1+2", "++1", "+", "()", " ", "123x", "12.34", "1234567890123456",
        "+1234567890123456", "123456789 123456789 1", "1\n", "\xd9\xa1"}) {
    const absl::Status status = CheckPhone(text, "customer.phone");
    EXPECT_EQ(ReasonOf(status), ErrorReason::kFieldInvalid) << text;
    EXPECT_EQ(FieldOf(status), "customer.phone");
  }
  EXPECT_FALSE(CheckPhone(absl::string_view("1\0", 2), "customer.phone").ok());
  EXPECT_FALSE(CheckPhone(std::string(1 << 20, '1'), "customer.phone").ok());
}

// T6
TEST(PhoneTest, CardNumbersAreRefused) {
  for (const absl::string_view pan : kPublishedTestPans) {
    EXPECT_FALSE(CheckPhone(pan, "customer.phone").ok());
    EXPECT_FALSE(CheckPhone(Grouped(pan, " "), "customer.phone").ok());
    EXPECT_FALSE(CheckPhone(Grouped(pan, "-"), "customer.phone").ok());
  }
}

}  // namespace
}  // namespace cardvault
