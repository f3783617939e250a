#ifndef CARDVAULT_FORWARDER_ROUTE_AMOUNT_H_
#define CARDVAULT_FORWARDER_ROUTE_AMOUNT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "forwarder/route.h"

namespace cardvault {

// Whether a route takes an amount, in ISO 4217 minor units, of a currency: INVALID_ARGUMENT
// (AMOUNT_INVALID, "amount") below its smallest or above its largest. OK for a currency without
// limits there. Thread-safe.
absl::Status CheckRouteAmount(const Route& route, absl::string_view currency, int64_t amount);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_AMOUNT_H_
