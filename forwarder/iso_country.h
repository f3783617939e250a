#ifndef CARDVAULT_FORWARDER_ISO_COUNTRY_H_
#define CARDVAULT_FORWARDER_ISO_COUNTRY_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// Whether `code` is an assigned ISO 3166-1 alpha-2 code, in upper case. Thread-safe.
bool IsCountryCode(absl::string_view code);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ISO_COUNTRY_H_
