#include "base/check.h"

#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(CheckTest, TrueConditionGoesOn) { CV_CHECK(1 + 1 == 2); }

TEST(CheckDeathTest, FalseConditionEndsTheProcessNamingOnlyThePlace) {
  const int secret = 1;
  EXPECT_DEATH(CV_CHECK(secret == 2), "^check failed at base/check_test.cc:[0-9]+\n$");
}

}  // namespace
}  // namespace cardvault
