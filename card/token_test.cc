#include "card/token.h"

#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/random.h"
#include "base/status.h"
#include "card/free_text.h"
#include "card/pan.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

static_assert(SafeToLog<Token>);

using Binary = std::array<char, Token::kBinarySize>;

Binary RandomBinary() {
  Binary binary;
  FillRandom(binary.data(), binary.size());
  return binary;
}

TEST(TokenTest, RoundTripsInBothModes) {
  for (const VaultMode mode : {VaultMode::kSandbox, VaultMode::kProduction}) {
    for (int i = 0; i < 1'000; ++i) {
      const Binary binary = RandomBinary();
      const Token token = Token::FromBinary(mode, binary);
      const absl::StatusOr<Token> parsed = Token::Parse(token.text());
      ASSERT_TRUE(parsed.ok()) << token.text();
      EXPECT_EQ(*parsed, token);
      EXPECT_EQ(parsed->mode(), mode);
      EXPECT_EQ(parsed->binary(), absl::string_view(binary.data(), binary.size()));
    }
  }
}

TEST(TokenTest, HasTheDocumentedForm) {
  Binary binary{};
  for (size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i + 1);
  const Token token = Token::FromBinary(VaultMode::kProduction, binary);
  EXPECT_EQ(token.text(), "tok_live_aebagbafaydqqcikbmga2dqpcaireeyucu");
  EXPECT_EQ(token.mac_key_version(), 1);
  EXPECT_EQ(token.random(), absl::string_view(binary.data() + 1, 16));
  EXPECT_EQ(token.mac(), absl::string_view(binary.data() + 17, 4));
  EXPECT_EQ(Token::FromBinary(VaultMode::kSandbox, binary).text().substr(0, 9), "tok_test_");
  binary[0] = static_cast<char>(0xff);
  EXPECT_EQ(Token::FromBinary(VaultMode::kSandbox, binary).mac_key_version(), 255);
}

TEST(TokenTest, EveryMalformedFormGetsTheSameAnswer) {
  const std::string good = Token::FromBinary(VaultMode::kSandbox, RandomBinary()).text();
  std::vector<std::string> bad = {
      "",
      "tok_test_",
      good.substr(0, good.size() - 1),
      good + "a",
      good + "=",
      " " + good,
      good + "\n",
      absl::AsciiStrToUpper(good),
      "tok_prod_" + good.substr(9),
      "TOK_test_" + good.substr(9),
      std::string("tok_test\0", 9) + good.substr(9),
      std::string(1 << 20, 'a'),
      std::string(kVisaTestPan),
  };
  for (const char c : {'0', '1', '8', '9', 'A', '-', ' ', '\0', '\xff'}) {
    std::string text = good;
    text[20] = c;
    bad.push_back(text);
  }
  // The last character has two filling bits, which are zero.
  for (const char c : std::string("bcdfghjklnoprstvwxz2345 67")) {
    std::string text = good;
    text.back() = c;
    if (c == ' ' || (c >= 'a' ? c - 'a' : c - '2' + 26) % 4 != 0) bad.push_back(text);
  }
  const absl::Status first = Token::Parse("x").status();
  EXPECT_EQ(first.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(first), ErrorReason::kTokenNotFound);
  for (const std::string& text : bad) EXPECT_EQ(Token::Parse(text).status(), first);
}

// T2
TEST(TokenTest, NoTokenPassesForACardNumber) {
  for (int i = 0; i < 100'000; ++i) {
    const Token token = Token::FromBinary(i % 2 == 0 ? VaultMode::kSandbox : VaultMode::kProduction,
                                          RandomBinary());
    ASSERT_FALSE(Pan::Parse(token.text()).ok());
    ASSERT_FALSE(HoldsCardNumber(token.text())) << token.text();
    // A reader that drops everything but digits.
    std::string digits;
    for (const char c : token.text()) {
      if (absl::ascii_isdigit(c)) digits.push_back(c);
    }
    ASSERT_FALSE(digits.size() == token.text().size());
  }
}

// T6: nobody can write a card number in a token's form.
TEST(TokenTest, ATextWithARunOfTwelveDigitsIsNoToken) {
  const std::string run(12, '5');
  const std::string rest(34 - run.size() - 1, 'a');
  EXPECT_FALSE(Token::Parse("tok_test_a" + run + rest).ok());
  EXPECT_FALSE(Token::Parse("tok_live_a" + run + rest).ok());
  EXPECT_THAT(Token::Parse("tok_test_a" + run.substr(1) + "a" + rest), IsOk());
}

TEST(TokenTest, TokensHashAndCompareByText) {
  const Binary binary = RandomBinary();
  const Token a = Token::FromBinary(VaultMode::kSandbox, binary);
  const Token b = Token::FromBinary(VaultMode::kProduction, binary);
  EXPECT_FALSE(a == b);
  absl::flat_hash_set<Token> set = {a, b, a};
  EXPECT_EQ(set.size(), 2u);
}

}  // namespace
}  // namespace cardvault
