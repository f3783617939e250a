#include "card/expiry.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

TEST(ExpiryTest, CreateTakesEveryMonthOfTheCentury) {
  for (int year = 2000; year <= 2099; ++year) {
    for (int month = 1; month <= 12; ++month) {
      const absl::StatusOr<Expiry> expiry = Expiry::Create(month, year);
      ASSERT_TRUE(expiry.ok());
      EXPECT_EQ(expiry->month(), month);
      EXPECT_EQ(expiry->year(), year);
    }
  }
}

TEST(ExpiryTest, CreateNamesTheFieldThatIsWrong) {
  for (const int64_t month : {int64_t{0}, int64_t{13}, int64_t{-1}, int64_t{1} << 32 | 1,
                              std::numeric_limits<int64_t>::max()}) {
    const absl::Status status = Expiry::Create(month, 2030).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), ErrorReason::kExpiryInvalid);
    EXPECT_EQ(FieldOf(status), "card.expiry_month");
  }
  for (const int64_t year : {int64_t{30}, int64_t{1999}, int64_t{2100}, int64_t{0}, int64_t{-2030},
                             int64_t{20301}, (int64_t{1} << 32) + 2030}) {
    const absl::Status status = Expiry::Create(12, year).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), ErrorReason::kExpiryInvalid);
    EXPECT_EQ(FieldOf(status), "card.expiry_year");
  }
}

TEST(ExpiryTest, ExpiresWhenTheMonthHasEndedInTheLastZone) {
  const Expiry expiry = Expiry::Create(6, 2030).value();
  EXPECT_EQ(expiry.ExpiredFrom(), At("2030-07-01T12:00:00Z"));
  EXPECT_FALSE(expiry.ExpiredAt(At("2030-07-01T00:00:00Z")));
  EXPECT_FALSE(expiry.ExpiredAt(At("2030-07-01T11:59:59.999Z")));
  EXPECT_TRUE(expiry.ExpiredAt(At("2030-07-01T12:00:00Z")));
  EXPECT_TRUE(expiry.ExpiredAt(At("2030-07-01T00:00:00-12:00")));
}

TEST(ExpiryTest, DecemberEndsInTheNextYearAndFebruaryOnItsLastDay) {
  EXPECT_EQ(Expiry::Create(12, 2029)->ExpiredFrom(), At("2030-01-01T12:00:00Z"));
  EXPECT_EQ(Expiry::Create(2, 2028)->ExpiredFrom(), At("2028-03-01T12:00:00Z"));
  EXPECT_FALSE(Expiry::Create(2, 2028)->ExpiredAt(At("2028-02-29T23:59:59Z")));
}

TEST(ExpiryTest, LaterIsGreater) {
  const Expiry a = Expiry::Create(12, 2029).value();
  const Expiry b = Expiry::Create(1, 2030).value();
  EXPECT_LT(a, b);
  EXPECT_FALSE(b < a);
  EXPECT_FALSE(a < a);
  EXPECT_EQ(a, Expiry::Create(12, 2029).value());
  EXPECT_LT(b, Expiry::Create(2, 2030).value());
}

}  // namespace
}  // namespace cardvault
