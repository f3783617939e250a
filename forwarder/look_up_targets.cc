#include "forwarder/look_up_targets.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/connector_registry.h"
#include "forwarder/route_credentials.h"
#include "forwarder/upstream_reference.h"

namespace cardvault {
namespace {

bool IsOwnedBy(const Route& route, const MerchantId& merchant) {
  return std::find(route.owners.begin(), route.owners.end(), merchant) != route.owners.end();
}

// Adds an account's targets behind those that are there.
absl::Status AddAccount(const RouteBook& routes, const PaymentRequest& request,
                        const PreparedPayment& prepared, std::shared_ptr<const Route> route,
                        std::vector<LookUpTarget>& targets) {
  const Connector* const connector = FindConnector(route->connector);
  if (connector == nullptr) {
    return Internal(ErrorReason::kInternal, "a route has a connector that does not exist");
  }
  ASSIGN_OR_RETURN(const std::optional<MerchantId> sole_owner, routes.SoleOwner(*route));
  const MerchantId& merchant = request.call.merchant;
  const std::string shared = SharedReference(merchant, request.payment_id);
  const bool is_named = route == prepared.route;
  // A payment that the ledger knows goes by one order id for ever.
  const bool is_new = prepared.payment.revision == 0;
  const auto add = [&](const std::string& reference, bool is_own) {
    for (const LookUpTarget& other : targets) {
      if (other.route->account == route->account && other.reference == reference) return;
    }
    targets.push_back({route, connector, reference, is_named && is_own});
  };
  if (is_named) add(prepared.sent.reference, true);
  add(shared, is_new);
  if (!sole_owner.has_value() || *sole_owner == merchant) {
    add(request.payment_id.value(), is_new && sole_owner.has_value());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<LookUpTarget>> LookUpTargets(const RouteBook& routes,
                                                        const PaymentRequest& request,
                                                        const PreparedPayment& prepared) {
  std::vector<LookUpTarget> targets;
  RETURN_IF_ERROR(AddAccount(routes, request, prepared, prepared.route, targets));
  std::set<std::string> accounts = {prepared.route->account};
  for (const RouteInForce& other : routes.All()) {
    if (!IsOwnedBy(*other.route, request.call.merchant)) continue;
    if (!accounts.insert(other.route->account).second) continue;
    RETURN_IF_ERROR(AddAccount(routes, request, prepared, other.route, targets));
  }
  return targets;
}

std::string NameOf(const std::vector<LookUpTarget>& targets) {
  std::string name;
  for (const LookUpTarget& target : targets) {
    absl::StrAppend(&name, absl::BytesToHexString(target.route->account), " ", target.reference,
                    target.is_asked_for ? " own;" : ";");
  }
  return name;
}

const char* WhyNotLookedUp(const RouteBook& routes, const Route& route) {
  const Connector* const connector = FindConnector(route.connector);
  if (connector == nullptr || !connector->CanSayNotFound(*route.settings)) {
    return "no answer of the upstream is known to say that it has not a payment (not_found_code)";
  }
  if (!route.reconcile.not_found_after.has_value()) {
    return "it is not known when a \"not found\" of the upstream counts (not_found_after)";
  }
  const auto credentials = routes.Credentials(route.name);
  if (credentials.ok()) {
    for (const CredentialInfo& credential : *credentials) {
      if (!credential.is_set) return "a credential of the route is not set";
    }
  }
  return nullptr;
}

}  // namespace cardvault
