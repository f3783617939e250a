#ifndef CARDVAULT_FORWARDER_ISO_CURRENCY_H_
#define CARDVAULT_FORWARDER_ISO_CURRENCY_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace cardvault {

// How many decimal digits the minor unit of a currency has, by its ISO 4217 alphabetic code in
// upper case: USD 2, JPY 0, BHD 3. nullopt for what is no currency that is paid with (funds codes,
// metals and test codes are not in the table). Thread-safe.
std::optional<int> IsoExponent(absl::string_view currency);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ISO_CURRENCY_H_
