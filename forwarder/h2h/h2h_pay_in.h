#ifndef CARDVAULT_FORWARDER_H2H_H2H_PAY_IN_H_
#define CARDVAULT_FORWARDER_H2H_H2H_PAY_IN_H_

#include "absl/status/status.h"
#include "forwarder/connector.h"
#include "forwarder/h2h/h2h_settings.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// The pay-in request of the General Card H2H API. As Connector::CheckPayIn and PlanPayIn.
// Thread-safe.
absl::Status CheckH2hPayIn(const PayInOrder& order);
RequestPlan PlanH2hPayIn(const PayInOrder& order, const H2hSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_PAY_IN_H_
