#ifndef CARDVAULT_FORWARDER_LOOK_UP_TARGETS_H_
#define CARDVAULT_FORWARDER_LOOK_UP_TARGETS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "forwarder/connector.h"
#include "forwarder/payment_checks.h"
#include "forwarder/payment_request.h"
#include "forwarder/route.h"
#include "forwarder/route_book.h"

namespace cardvault {

// Where a payment may be that the ledger forgot: at an account, under an order id.
struct LookUpTarget {
  std::shared_ptr<const Route> route;
  const Connector* connector = nullptr;
  std::string reference;
  // Found there, it is the payment that is asked for; else another under its id.
  bool is_asked_for = false;
};

// Every one, each once, the one that the payment would be sent to first: the accounts of all routes
// of the merchant, disabled ones too, under both forms of the order id (upstream_reference.h),
// since owners and routes may have been others when it was sent. Not under a payment_id as it is
// where those are another merchant's. INTERNAL for a route without a connector; DATA_LOSS as
// RouteBook::SoleOwner.
absl::StatusOr<std::vector<LookUpTarget>> LookUpTargets(const RouteBook& routes,
                                                        const PaymentRequest& request,
                                                        const PreparedPayment& prepared);

// What two lists have in common that are of the same accounts and order ids.
std::string NameOf(const std::vector<LookUpTarget>& targets);

// Why the upstream cannot be asked, or can never say that it has not a payment, so that none that
// is new goes out while it would have to; null when it can.
const char* WhyNotLookedUp(const RouteBook& routes, const Route& route);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LOOK_UP_TARGETS_H_
