#include "card/truncated_pan.h"

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(TruncatedPanTest, MaskedShowsBinAndLastFour) {
  EXPECT_EQ((TruncatedPan{"411111", "1111", 16}.Masked()), "411111******1111");
  EXPECT_EQ((TruncatedPan{"5018", "0009", 12}.Masked()), "5018****0009");
}

TEST(TruncatedPanDeathTest, MoreDigitsThanTheNumberHasIsAMistake) {
  EXPECT_DEATH((TruncatedPan{"411111", "1111", 9}.Masked()), "check failed");
}

}  // namespace
}  // namespace cardvault
