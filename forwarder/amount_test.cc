#include "forwarder/amount.h"

#include <cstdint>
#include <limits>

#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::Eq;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

auto IsAmountInvalid() {
  return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kAmountInvalid);
}

TEST(AmountTest, ToWireKeepsAmountsOfEqualExponents) {
  EXPECT_THAT(ToWireAmount(1500, 2, 2), IsOkAndHolds(Eq(1500)));
  EXPECT_THAT(ToWireAmount(1500, 0, 0), IsOkAndHolds(Eq(1500)));
  EXPECT_THAT(ToWireAmount(kMax, 3, 3), IsOkAndHolds(Eq(kMax)));
}

// upstreams.md: with wire exponent 0, BHD 10000 goes out as 10 and BHD 10500 is refused.
TEST(AmountTest, ToWireDividesExactlyOrRefuses) {
  EXPECT_THAT(ToWireAmount(10000, 3, 0), IsOkAndHolds(Eq(10)));
  EXPECT_THAT(ToWireAmount(10500, 3, 0), IsAmountInvalid());
  EXPECT_THAT(ToWireAmount(1, 3, 0), IsAmountInvalid());
  EXPECT_THAT(ToWireAmount(10500, 3, 2), IsOkAndHolds(Eq(1050)));
}

TEST(AmountTest, ToWireMultipliesWithoutOverflow) {
  EXPECT_THAT(ToWireAmount(7, 0, 2), IsOkAndHolds(Eq(700)));
  EXPECT_THAT(ToWireAmount(kMax / 100, 0, 2), IsOkAndHolds(Eq(kMax / 100 * 100)));
  EXPECT_THAT(ToWireAmount(kMax / 100 + 1, 0, 2), IsAmountInvalid());
  EXPECT_THAT(ToWireAmount(kMax, 0, 4), IsAmountInvalid());
}

TEST(AmountTest, ToWireRefusesZeroAndNegativeNamingTheField) {
  for (const int64_t amount : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min()}) {
    const absl::Status status = ToWireAmount(amount, 2, 2).status();
    EXPECT_THAT(status, IsAmountInvalid());
    EXPECT_EQ(FieldOf(status), "amount");
  }
}

TEST(AmountTest, FromWireIsTheReverse) {
  EXPECT_THAT(FromWireAmount(10, 0, 3), IsOkAndHolds(Eq(10000)));
  EXPECT_THAT(FromWireAmount(1500, 2, 2), IsOkAndHolds(Eq(1500)));
  EXPECT_THAT(FromWireAmount(0, 2, 2), IsOkAndHolds(Eq(0)));
  EXPECT_THAT(FromWireAmount(1505, 3, 2), IsAmountInvalid());
  EXPECT_THAT(FromWireAmount(-1, 2, 2), IsAmountInvalid());
  EXPECT_THAT(FromWireAmount(kMax, 0, 3), IsAmountInvalid());
}

TEST(AmountTest, ParseWireAmountTakesPlainIntegersAlone) {
  EXPECT_THAT(ParseWireAmount("1500"), IsOkAndHolds(Eq(1500)));
  EXPECT_THAT(ParseWireAmount("0"), IsOkAndHolds(Eq(0)));
  for (const char* bad :
       {"", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x10", "9223372036854775808"}) {
    EXPECT_THAT(ParseWireAmount(bad), IsAmountInvalid()) << bad;
  }
}

}  // namespace
}  // namespace cardvault
