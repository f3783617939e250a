#ifndef CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_H_
#define CARDVAULT_FORWARDER_OUTBOUND_OUTBOUND_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/outbound/request_plan.h"
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
  // Credentials of the route by name.
  std::map<std::string, std::shared_ptr<const SecretBytes>> secrets;
  std::shared_ptr<const Keyring> keyring;
  std::optional<SealedCardRef> card;  // none for status calls
  std::optional<CvvLease> cvv;
};

// An allow-listed field of an answer, card numbers masked.
struct AnswerField {
  std::string path;
  std::string text;  // strings decoded, numbers by their literal, true/false; null: ""
  bool is_string = false;
  bool is_null = false;
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
  // With kAnswered: whether the answer's proof was right (kNone: false).
  bool verified = false;
  std::vector<AnswerField> fields;
  // The card that was sent stood in the answer, in some spelling, and was masked.
  bool echoed_card = false;
};

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
