#include "tokenizer/token_minter.h"

#include <array>
#include <set>
#include <string>

#include "base/error_reason.h"
#include "base/random.h"
#include "card/free_text.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"

namespace cardvault {
namespace {

using Binary = std::array<char, Token::kBinarySize>;

Binary BinaryOf(const Token& token) {
  Binary binary;
  std::copy(token.binary().begin(), token.binary().end(), binary.begin());
  return binary;
}

auto TokenNotFound() { return StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound); }

class TokenMinterTest : public testing::Test {
 protected:
  const MerchantId shop_ = TestMerchant("shop");
  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring("v");
};

TEST_F(TokenMinterTest, VerifyAcceptsWhatMintMade) {
  const Token token = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kSandbox);
  EXPECT_EQ(token.mac_key_version(), 1);
  EXPECT_EQ(token.mode(), VaultMode::kSandbox);
  EXPECT_THAT(TokenMinter::Verify(*keyring_, shop_, token, VaultMode::kSandbox), IsOk());
}

// T3
TEST_F(TokenMinterTest, VerifyRejectsEveryFlippedBit) {
  const Token token = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kSandbox);
  for (size_t bit = 0; bit < Token::kBinarySize * 8; ++bit) {
    Binary forged = BinaryOf(token);
    forged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_THAT(
        TokenMinter::Verify(*keyring_, shop_, Token::FromBinary(VaultMode::kSandbox, forged),
                            VaultMode::kSandbox),
        TokenNotFound())
        << bit;
  }
}

// T3: 100,000 guesses; a 4-byte MAC lets one in 2^32 through to the store.
TEST_F(TokenMinterTest, VerifyRejectsGuesses) {
  for (int i = 0; i < 100000; ++i) {
    Binary guess;
    FillRandom(guess.data(), guess.size());
    guess[0] = 1;
    ASSERT_FALSE(TokenMinter::Verify(*keyring_, shop_,
                                     Token::FromBinary(VaultMode::kSandbox, guess),
                                     VaultMode::kSandbox)
                     .ok());
  }
}

TEST_F(TokenMinterTest, VerifyRejectsAnotherMerchantsToken) {
  const Token token = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kSandbox);
  EXPECT_THAT(TokenMinter::Verify(*keyring_, TestMerchant("shop2"), token, VaultMode::kSandbox),
              TokenNotFound());
}

TEST_F(TokenMinterTest, VerifyRejectsAnotherModesToken) {
  const Token live = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kProduction);
  EXPECT_THAT(TokenMinter::Verify(*keyring_, shop_, live, VaultMode::kSandbox), TokenNotFound());
}

TEST_F(TokenMinterTest, VerifyAcceptsTokensOfRetiredKeyVersions) {
  const Token token = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kSandbox);
  EXPECT_THAT(TokenMinter::Verify(*MakeTestKeyring("v", 3), shop_, token, VaultMode::kSandbox),
              IsOk());
}

TEST_F(TokenMinterTest, VerifyAnswersDestroyedAndUnknownKeyVersionsLikeAnUnknownToken) {
  const Token token = *TokenMinter::Mint(*MakeTestKeyring("v", 2), shop_, VaultMode::kSandbox);
  ASSERT_EQ(token.mac_key_version(), 2);
  EXPECT_THAT(TokenMinter::Verify(*keyring_, shop_, token, VaultMode::kSandbox), TokenNotFound());
  const auto destroyed = MakeTestKeyringWithDestroyed("v", 3, KeyPurpose::kTokenMac, 2);
  EXPECT_THAT(TokenMinter::Verify(*destroyed, shop_, token, VaultMode::kSandbox), TokenNotFound());
}

// T1, T2: tokens of one merchant share no random bytes and hold no card number.
TEST_F(TokenMinterTest, MintMakesDistinctTokensWithoutCardNumbers) {
  std::set<std::string> randoms;
  for (int i = 0; i < 20000; ++i) {
    const Token token = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kSandbox);
    EXPECT_TRUE(randoms.insert(std::string(token.random())).second);
    size_t run = 0;
    for (const char c : token.text()) {
      run = c >= '0' && c <= '9' ? run + 1 : 0;
      ASSERT_LT(run, 12u);
    }
    ASSERT_FALSE(HoldsCardNumber(token.text()));
  }
}

// T1: each of the 128 random bits is set about half of the time (20,000 draws, 7 sigma).
TEST_F(TokenMinterTest, MintDrawsUnbiasedBits) {
  constexpr int kDraws = 20000;
  std::array<int, Token::kRandomSize * 8> set_count{};
  for (int i = 0; i < kDraws; ++i) {
    const Token token = *TokenMinter::Mint(*keyring_, shop_, VaultMode::kSandbox);
    for (size_t bit = 0; bit < set_count.size(); ++bit) {
      set_count[bit] += token.random()[bit / 8] >> bit % 8 & 1;
    }
  }
  for (const int count : set_count) EXPECT_NEAR(count, kDraws / 2, 500);
}

}  // namespace
}  // namespace cardvault
