#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SIGNING_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SIGNING_H_

#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// Requests of wire version 1.1 and their answers are signed by sorted values. The fields that are
// let in are those of answers, look-ups and notifications alike. Thread-safe.
void SignPraxisPlan(RequestPlan& plan);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SIGNING_H_
