#include "card/expiry.h"

#include "absl/time/civil_time.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr int64_t kMinYear = 2000;
constexpr int64_t kMaxYear = 2099;
constexpr int kLastZoneOffsetSeconds = -12 * 60 * 60;

}  // namespace

absl::StatusOr<Expiry> Expiry::Create(int64_t month, int64_t year) {
  if (month < 1 || month > 12) {
    return InvalidArgument(ErrorReason::kExpiryInvalid, "card.expiry_month",
                           "the expiry month is 1 to 12");
  }
  if (year < kMinYear || year > kMaxYear) {
    return InvalidArgument(ErrorReason::kExpiryInvalid, "card.expiry_year",
                           "the expiry year has four digits, 2000 to 2099");
  }
  return Expiry(static_cast<int>(month), static_cast<int>(year));
}

absl::Time Expiry::ExpiredFrom() const {
  return absl::FromCivil(absl::CivilMonth(year_, month_) + 1,
                         absl::FixedTimeZone(kLastZoneOffsetSeconds));
}

}  // namespace cardvault
