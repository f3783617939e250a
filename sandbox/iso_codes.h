#ifndef CARDVAULT_SANDBOX_ISO_CODES_H_
#define CARDVAULT_SANDBOX_ISO_CODES_H_

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// True for an assigned ISO 3166-1 alpha-2 code in upper case. Thread-safe.
bool IsCountryCode(absl::string_view code);

// True for an ISO 4217 alphabetic code of money in use, in upper case; funds, metals and test codes
// are none. Thread-safe.
bool IsCurrencyCode(absl::string_view code);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_ISO_CODES_H_
