#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_PAYMENT_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_PAYMENT_H_

#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis13_settings.h"

namespace cardvault {

// Sale, payout and refund of the Praxis API, wire version 1.3. As Connector::CheckOrder and
// PlanOrder. Thread-safe.
void CheckPraxis13Payment(const PaymentOrder& order, FieldFaults& faults);
RequestPlan PlanPraxis13Payment(const PaymentOrder& order, const Praxis13Settings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_PAYMENT_H_
