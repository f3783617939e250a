#ifndef CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_H_
#define CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/id.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/outbound/answer_field.h"  // IWYU pragma: export
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/route_secrets.h"       // IWYU pragma: export
#include "forwarder/outbound/transport_settings.h"  // IWYU pragma: export
#include "keys/keyring.h"

namespace cardvault {

// Where the card of a payment rests; opened inside, in memory, for this one request.
struct SealedCardRef {
  MerchantId merchant;
  Token token;
  uint32_t pan_key_version = 0;
  std::string sealed_pan;
  uint32_t profile_key_version = 0;
  std::string sealed_profile;
};

struct OutboundRequest {
  RequestPlan plan;
  TransportSettings transport;
  RouteSecrets secrets;
  std::shared_ptr<const Keyring> keyring;
  std::optional<SealedCardRef> card;  // none for status calls
  std::optional<CvvLease> cvv;
};

struct OutboundAnswer {
  enum class Delivery {
    kNotSent,   // proved: no byte of the request left; `error` says why
    kAnswered,  // a 2xx answer whose body is a complete JSON object
    kUnknown,   // it may have arrived: the outcome is in doubt
  };
  Delivery delivery = Delivery::kNotSent;
  absl::Status error;  // with kNotSent and kUnknown; literal
  int http_status = 0;
  // With kAnswered, as ReadMessage says: whether the plan asks for a proof, and whether that was
  // right; the plan's fields; whether a card or code was masked there.
  bool has_proof = false;
  bool verified = false;
  std::vector<AnswerField> fields;
  bool found_card = false;
};

// Whether the answer's fields are the upstream's word: it answered, and its proof, where the plan
// asks for one, was right.
inline bool IsBelievable(const OutboundAnswer& answer) {
  return answer.delivery == OutboundAnswer::Delivery::kAnswered &&
         (answer.verified || !answer.has_proof);
}

// The way out, as the payment flow sees it: takes a request, sends it at most once and tells what
// became of it. OutboundSender is the one over the network. Thread-safe.
class Outbound {
 public:
  // Runs once, on a thread of the implementation's, and must not block.
  using Done = absl::AnyInvocable<void(OutboundAnswer) &&>;

  virtual ~Outbound() = default;

  // Never blocks on the network. Rendering and sealing errors come as kNotSent. The CVV lease is
  // given back with kNotSent and consumed otherwise.
  virtual void Send(OutboundRequest request, Done done) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_H_
