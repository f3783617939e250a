#ifndef CARDVAULT_FORWARDER_OUTBOUND_SIGNED_PLAN_FOR_TEST_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SIGNED_PLAN_FOR_TEST_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "forwarder/outbound/message_document.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// A request as it goes out, its body parsed again.
struct SignedPlan {
  MessageHeaders headers;
  MessageDocument body;
};

// Builds a connector's plan with the card of the upstreams' vectors (kVisaTestPan, 12/2030, 568)
// and their `merchant_secret`, "MerchantSecretKey". Not in testing/, because this package alone may
// hold cards. Errors: as BuildSignedRequest. Thread-safe.
absl::StatusOr<SignedPlan> SignForTest(const RequestPlan& plan, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SIGNED_PLAN_FOR_TEST_H_
