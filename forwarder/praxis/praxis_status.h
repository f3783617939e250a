#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_

#include <vector>

#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// find-order and, where the upstream gave a trace_id, find-transaction, of wire version 1.1. As
// Connector::PlanStatus. Thread-safe.
std::vector<RequestPlan> PlanPraxisStatus(const SentPayment& sent, const PraxisSettings& settings);

// As Connector::ReadStatus, of either profile. Thread-safe.
StatusReport ReadPraxisStatusAnswer(const OutboundAnswer& answer, const PraxisMembers& members,
                                    const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_
