#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_STATUS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_STATUS_H_

#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis13_settings.h"

namespace cardvault {

// find-order of wire version 1.3. manage-transaction looks nothing up: it captures and voids, which
// cardvault does not do. As Connector::PlanStatus and ReadStatus. Thread-safe.
RequestPlan PlanPraxis13Status(const SentPayment& sent, const Praxis13Settings& settings);
StatusReport ReadPraxis13Status(OutboundAnswer answer, const SentPayment& sent,
                                const Praxis13Settings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_STATUS_H_
