#include "cli/sad_check.h"

#include <gtest/gtest.h>

#include <string>

namespace cardvault::cli {
namespace {

TEST(SadCheckTest, NamesInAnySpelling) {
  for (const char* name :
       {"cvv", "CVV2", "Card CVV", "cvc_2", "CID", "Security Code", "track1", "Track 2 Data",
        "MagStripe", "PIN", "pin block", "card-verification-value"}) {
    EXPECT_TRUE(IsSadName(name)) << name;
  }
  for (const char* name : {"pan", "card number", "expiry", "shipping", "incident", "opinion",
                           "customer id", "label.tracking-id"}) {
    EXPECT_FALSE(IsSadName(name)) << name;
  }
}

TEST(SadCheckTest, Values) {
  const std::string pan = std::string("999999") + "0000000006";
  EXPECT_TRUE(LooksLikeCvv("123"));
  EXPECT_TRUE(LooksLikeCvv(" 1234 "));
  EXPECT_FALSE(LooksLikeCvv("12"));
  EXPECT_FALSE(LooksLikeCvv("12345"));
  EXPECT_FALSE(LooksLikeCvv("12a"));
  EXPECT_FALSE(LooksLikeCvv(""));
  EXPECT_TRUE(HoldsTrackData("%B" + pan + "^DOE/JANE^3012101"));
  EXPECT_TRUE(HoldsTrackData("x ;" + pan + "=3012101?"));
  EXPECT_FALSE(HoldsTrackData(pan));
  EXPECT_FALSE(HoldsTrackData("a;b=c"));
  EXPECT_FALSE(HoldsTrackData("100%Beef"));
}

}  // namespace
}  // namespace cardvault::cli
