#ifndef CARDVAULT_FORWARDER_OUTBOUND_ANSWER_READER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ANSWER_READER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/secret_bytes.h"
#include "card/pan.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/signed_request.h"

namespace cardvault {

// What comes in of an answer.
struct ReadAnswer {
  bool verified = false;
  std::vector<AnswerField> fields;
  bool echoed_card = false;
};

// Parses the body of a 2xx answer, verifies its proof, and lets the plan's answer_fields through
// the response firewall; a field that the firewall drops is left out. `sent_pan` is null when no
// card was sent. INVALID_ARGUMENT for what is not one JSON object. Thread-safe.
absl::StatusOr<ReadAnswer> ReadAnswerBody(SecretBytes body, const RequestPlan& plan,
                                          const RouteSecrets& secrets, const Pan* sent_pan);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ANSWER_READER_H_
