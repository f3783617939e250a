#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/connector.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_settings.h"

namespace cardvault {

// find-order and, where the upstream gave a trace_id, find-transaction, of wire version 1.1. As
// Connector::PlanStatus. Thread-safe.
std::vector<RequestPlan> PlanPraxisStatus(const SentPayment& sent, const PraxisSettings& settings);

// As Connector::ReadStatus, of either profile. `not_found_description` is the sentence by which the
// route's account says that there is no such payment; "": a sentence that says of an order or a
// transaction, and of nothing else, that it was not found. Thread-safe.
StatusReport ReadPraxisStatusAnswer(const OutboundAnswer& answer, const PraxisMembers& members,
                                    const SentPayment& sent,
                                    absl::string_view not_found_description);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_STATUS_H_
