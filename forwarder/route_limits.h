#ifndef CARDVAULT_FORWARDER_ROUTE_LIMITS_H_
#define CARDVAULT_FORWARDER_ROUTE_LIMITS_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace cardvault {

// Both ends belong to it, in ISO 4217 minor units.
struct AmountRange {
  int64_t min = 1;
  int64_t max = std::numeric_limits<int64_t>::max();
};

// What a route lets through. docs/formats/route.md.
struct RouteLimits {
  // By currency; what does not stand here has no limit.
  std::map<std::string, AmountRange> amounts;
  std::optional<int> payments_per_minute;  // nullopt: no cap
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_LIMITS_H_
