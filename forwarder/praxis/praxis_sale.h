#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SALE_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SALE_H_

#include "absl/status/status.h"
#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// The sale of the Praxis card processing API. As Connector::CheckPayIn and PlanPayIn. Thread-safe.
absl::Status CheckPraxisSale(const PayInOrder& order);
RequestPlan PlanPraxisSale(const PayInOrder& order, const PraxisSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SALE_H_
