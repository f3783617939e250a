#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_

#include <vector>

#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// find-order and, where the upstream gave a trace_id, find-transaction. As Connector::PlanStatus
// and ReadStatus. Thread-safe.
std::vector<RequestPlan> PlanPraxisStatus(const SentPayment& sent, const PraxisSettings& settings);
StatusReport ReadPraxisStatusAnswer(const OutboundAnswer& answer, const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_
