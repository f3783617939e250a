#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_PAYMENT_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_PAYMENT_H_

#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// Sale, payout and refund of the Praxis card processing API, wire version 1.1. As
// Connector::CheckOrder and PlanOrder. Thread-safe.
void CheckPraxisPayment(const PaymentOrder& order, FieldFaults& faults);
RequestPlan PlanPraxisPayment(const PaymentOrder& order, const PraxisSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_PAYMENT_H_
