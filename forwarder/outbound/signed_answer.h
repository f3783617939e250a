#ifndef CARDVAULT_FORWARDER_OUTBOUND_SIGNED_ANSWER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SIGNED_ANSWER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/route_secrets.h"

namespace cardvault {

// What a merchant answers to a notification: exactly these headers and bytes. Nothing in it is
// secret.
struct SignedAnswer {
  MessageHeaders headers;  // Content-Type and the signer's
  std::string body;        // JSON
};

// Renders the body and signs it, with `now` as the time of kTimestampSeconds. Errors:
// FAILED_PRECONDITION for a credential that is missing or unusable; INTERNAL for a body that wants
// a card, and for CanonicalHmacSigner, which signs requests. Thread-safe.
absl::StatusOr<SignedAnswer> BuildSignedAnswer(const PlanObject& body, const Signer& signer,
                                               const RouteSecrets& secrets, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SIGNED_ANSWER_H_
