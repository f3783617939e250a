#ifndef CARDVAULT_CARD_EXPIRY_H_
#define CARDVAULT_CARD_EXPIRY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cardvault {

// A card's last month of validity. Cardholder data, not secret by itself: sealed with the name in
// the record's profile.
class Expiry final {
 public:
  // INVALID_ARGUMENT (EXPIRY_INVALID, field "card.expiry_month" or "card.expiry_year") unless the
  // month is 1-12 and the year has four digits, 2000 to 2099.
  static absl::StatusOr<Expiry> Create(int64_t month, int64_t year);

  int month() const { return month_; }
  int year() const { return year_; }

  // The first instant at which the card has expired everywhere: the end of the month in UTC-12,
  // the zone where a day ends last.
  absl::Time ExpiredFrom() const;
  bool ExpiredAt(absl::Time now) const { return now >= ExpiredFrom(); }

  friend bool operator==(const Expiry&, const Expiry&) = default;
  friend bool operator<(const Expiry& a, const Expiry& b) {
    return a.year_ != b.year_ ? a.year_ < b.year_ : a.month_ < b.month_;
  }

 private:
  Expiry(int month, int year) : month_(month), year_(year) {}

  int month_;
  int year_;
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_EXPIRY_H_
