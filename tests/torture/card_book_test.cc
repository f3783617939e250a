#include "tests/torture/card_book.h"

#include <gtest/gtest.h>

namespace cardvault::torture {
namespace {

class CardBookTest : public ::testing::Test {
 protected:
  CardBookTest() { EXPECT_EQ(book_.Enter({"r1", 0, true, "t1", "f1"}), ""); }
  CardBook book_;
};

TEST_F(CardBookTest, TheSameAnswerAgainIsOneCard) {
  EXPECT_EQ(book_.Enter({"r1", 0, true, "t1", "f1"}), "");
  EXPECT_EQ(book_.Enter({"r2", 0, true, "t1", "f1"}), "");
  EXPECT_EQ(book_.cards().size(), 1u);
  EXPECT_EQ(book_.Draw(17)->token, "t1");
}

TEST_F(CardBookTest, WithoutReuseEachTokenIsACard) {
  EXPECT_EQ(book_.Enter({"r2", 0, false, "t2", "f1"}), "");
  EXPECT_EQ(book_.cards().size(), 2u);
}

TEST_F(CardBookTest, SecondTokenOfAReusedCardIsFound) {
  EXPECT_EQ(book_.Enter({"r2", 0, true, "t2", "f1"}), "card 0 has token t1 and then t2");
}

TEST_F(CardBookTest, SecondTokenOfARequestIsFound) {
  EXPECT_EQ(book_.Enter({"r1", 0, false, "t2", "f1"}), "request r1 is answered t1 and then t2");
}

TEST_F(CardBookTest, SecondFingerprintIsFound) {
  EXPECT_EQ(book_.Enter({"r2", 0, false, "t2", "f2"}),
            "card 0 has a second fingerprint with token t2");
}

TEST_F(CardBookTest, TokenOfAnotherCardIsFound) {
  EXPECT_EQ(book_.Enter({"r2", 1, true, "t1", "f1"}), "card 1 is answered with card 0's token t1");
}

TEST_F(CardBookTest, WhatIsLostIsForgottenWithAllThatWasToldOfIt) {
  EXPECT_EQ(book_.Enter({"r2", 0, false, "t2", "f1"}), "");
  EXPECT_EQ(book_.Enter({"r3", 1, true, "t3", "f2"}), "");
  EXPECT_EQ(book_.Enter({"r4", 1, false, "t4", "f2"}), "");
  const size_t lost = book_.Lose(
      1, [](const AcknowledgedCard& card) { return card.token == "t1" || card.token == "t2"; });
  EXPECT_EQ(lost, 2u);
  EXPECT_EQ(book_.cards().size(), 2u);
  // Another token, request and fingerprint for what was lost; not for what stayed.
  EXPECT_EQ(book_.Enter({"r3", 1, true, "t5", "f3"}), "");
  EXPECT_EQ(book_.Enter({"r5", 0, true, "t6", "f1"}), "card 0 has token t1 and then t6");
}

TEST_F(CardBookTest, WhatWasEnteredBeforeIsNotLost) {
  EXPECT_EQ(book_.Lose(1, [](const AcknowledgedCard&) { return false; }), 0u);
  EXPECT_EQ(book_.cards().size(), 1u);
}

}  // namespace
}  // namespace cardvault::torture
