#ifndef CARDVAULT_CARD_BRAND_H_
#define CARDVAULT_CARD_BRAND_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace cardvault {

// Card schemes that cardvault tells apart by issuer range. The numbers are stored: never reused.
enum class Brand {
  kUnknown = 0,
  kVisa = 1,
  kMastercard = 2,
  kAmex = 3,
  kDiscover = 4,
  kDiners = 5,
  kJcb = 6,
  kUnionPay = 7,
  kMaestro = 8,
  kMir = 9,
  kSandbox = 10,  // 999999: generated test numbers, no issuer has it
};

// Upper case, e.g. "VISA"; "UNKNOWN".
absl::string_view BrandName(Brand brand);
absl::string_view SafeForLog(Brand brand);

// By the leading digits and the length; kUnknown when no issuer range fits. `digits` are ASCII
// digits. The table and its sources stand in brand.cc.
Brand BrandOf(absl::string_view digits);

// True when the number lies in a range that some issuer of the table has and has a length that
// the range allows: a second sign, beside Luhn, that digits are a card number.
bool InKnownIssuerRange(absl::string_view digits);

// 4 for American Express, 3 for the other known brands; 0 when either may be (unknown).
size_t CvvLengthOf(Brand brand);

}  // namespace cardvault

#endif  // CARDVAULT_CARD_BRAND_H_
