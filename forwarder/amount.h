#ifndef CARDVAULT_FORWARDER_AMOUNT_H_
#define CARDVAULT_FORWARDER_AMOUNT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// Exponents beyond this are no currency's.
inline constexpr int kMaxExponent = 4;

// Amounts are ISO 4217 minor units everywhere but on the wire, where the route says how many
// decimal digits one unit of the wire has: wire = amount x 10^(wire exponent - ISO exponent).
// Exponents are 0 to kMaxExponent. Thread-safe.

// INVALID_ARGUMENT (AMOUNT_INVALID, "amount") for an amount that is not above 0, does not fit the
// wire exponent without a rest, or overflows on the wire. Nothing is ever rounded.
absl::StatusOr<int64_t> ToWireAmount(int64_t amount, int iso_exponent, int wire_exponent);

// The same the other way, for amounts that arrive; 0 is an amount here.
absl::StatusOr<int64_t> FromWireAmount(int64_t wire_amount, int wire_exponent, int iso_exponent);

// An integer as upstreams write them: decimal digits without sign, fraction or exponent. Same
// error.
absl::StatusOr<int64_t> ParseWireAmount(absl::string_view literal);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_AMOUNT_H_
