#ifndef CARDVAULT_CLI_ROUTE_TEXT_H_
#define CARDVAULT_CLI_ROUTE_TEXT_H_

#include <string>

#include "cardvault/admin/v1/system_service.pb.h"

namespace cardvault::cli {

// "enabled", or "disabled".
std::string StateWord(const admin::v1::RouteSummary& route);

// "api_secret (not set), other": the names, and what is odd about them.
std::string CredentialNames(const admin::v1::RouteSummary& route);

// All that is known of a route, as people read it: what holds, the credentials with their dates,
// and last the document as it was written.
std::string RouteText(const admin::v1::GetRouteResponse& route);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_ROUTE_TEXT_H_
