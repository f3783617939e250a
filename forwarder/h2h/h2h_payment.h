#ifndef CARDVAULT_FORWARDER_H2H_H2H_PAYMENT_H_
#define CARDVAULT_FORWARDER_H2H_H2H_PAYMENT_H_

#include "forwarder/connector.h"
#include "forwarder/h2h/h2h_settings.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// The card pay-in and pay-out of the General Card H2H API. As Connector::CheckOrder and PlanOrder.
// Thread-safe.
void CheckH2hPayment(const PaymentOrder& order, FieldFaults& faults);
RequestPlan PlanH2hPayment(const PaymentOrder& order, const H2hSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_PAYMENT_H_
