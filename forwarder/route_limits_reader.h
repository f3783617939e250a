#ifndef CARDVAULT_FORWARDER_ROUTE_LIMITS_READER_H_
#define CARDVAULT_FORWARDER_ROUTE_LIMITS_READER_H_

#include <map>
#include <string>

#include "forwarder/route_limits.h"
#include "forwarder/route_section.h"

namespace cardvault {

// Reads the section `limits` of a route document, which may be absent. `currencies` are those that
// the route lists. Mistakes are noted in `root`.
RouteLimits ReadRouteLimits(RouteSection& root, const std::map<std::string, int>& currencies);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_LIMITS_READER_H_
