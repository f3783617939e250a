#ifndef CARDVAULT_FORWARDER_ROUTE_H_
#define CARDVAULT_FORWARDER_ROUTE_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/id.h"
#include "forwarder/connector_settings.h"  // IWYU pragma: export
#include "forwarder/outbound/transport_settings.h"
#include "forwarder/reconcile_settings.h"  // IWYU pragma: export
#include "forwarder/route_limits.h"        // IWYU pragma: export
#include "forwarder/route_mistake.h"       // IWYU pragma: export

namespace cardvault {

enum class CvvRule { kRequired, kOptional, kNever };

// A route: one upstream for some merchants. Immutable once parsed; the YAML form with every key
// is in docs/formats/route.md.
struct Route {
  RouteName name;
  std::string connector;  // "h2h", "praxis"
  std::string document;   // the YAML text it was parsed from
  std::vector<MerchantId> owners;
  TransportSettings transport;
  CvvRule cvv = CvvRule::kRequired;
  // Wire exponent by ISO 4217 code: what is not listed is refused.
  std::map<std::string, int> currencies;
  RouteLimits limits;
  ReconcileSettings reconcile;
  std::shared_ptr<const ConnectorSettings> settings;
  // Which account of which upstream this is: the first 16 bytes of SHA-256 over connector, base URL
  // and what ConnectorSettings::AccountNames says. A payment is asked about, refunded and notified
  // through no other than its own.
  std::string account;
};

struct ParsedRoute {
  std::shared_ptr<const Route> route;  // null when there are mistakes
  std::vector<RouteMistake> mistakes;
};

inline constexpr size_t kMaxRouteDocumentSize = 64 * 1024;  // bytes; real ones have a few KiB

// Strict: unknown keys, wrong types, missing keys, unknown placeholders and unlisted connectors
// are mistakes; all are reported, not the first alone.
ParsedRoute ParseRoute(absl::string_view document);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ROUTE_H_
