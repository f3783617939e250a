#ifndef CARDVAULT_FORWARDER_H2H_H2H_STATUS_H_
#define CARDVAULT_FORWARDER_H2H_H2H_STATUS_H_

#include "forwarder/connector.h"
#include "forwarder/h2h/h2h_settings.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// The status call of the General Card H2H API. As Connector::PlanStatus and ReadStatus.
//
// Answers have no proof of their own, and `error` may be said of the call as well as of the
// payment. So an answer whose request_status is not success says nothing, unless it is the route's
// "not found"; one that names neither our id nor the known one of the gateway says nothing; and
// `error` ends a pay-in only where an earlier word kept of it was `error` too. Thread-safe.
RequestPlan PlanH2hStatus(const SentPayment& sent, const H2hSettings& settings);
StatusReport ReadH2hStatus(const OutboundAnswer& answer, const SentPayment& sent,
                           const H2hSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_STATUS_H_
