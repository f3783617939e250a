#ifndef CARDVAULT_FORWARDER_H2H_H2H_STATUS_H_
#define CARDVAULT_FORWARDER_H2H_H2H_STATUS_H_

#include "forwarder/connector.h"
#include "forwarder/h2h/h2h_settings.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// The status call of the General Card H2H API. As Connector::PlanStatus and ReadStatus.
// Thread-safe.
RequestPlan PlanH2hStatus(const SentPayment& sent, const H2hSettings& settings);
StatusReport ReadH2hStatus(const OutboundAnswer& answer, const SentPayment& sent,
                           const H2hSettings& settings);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_STATUS_H_
