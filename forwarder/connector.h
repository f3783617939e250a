#ifndef CARDVAULT_FORWARDER_CONNECTOR_H_
#define CARDVAULT_FORWARDER_CONNECTOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "forwarder/connector_settings.h"
#include "forwarder/field_faults.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/message_reader.h"
#include "forwarder/outbound/message_rule.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/payment_request.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

class RouteSection;

// A payment as a connector gets it to check and to plan: what the merchant asked for, and what the
// flow worked out of it. Views live as long as the call.
struct PaymentOrder {
  const PaymentRequest& request;
  const ConnectorSettings& settings;  // of this connector's own ParseSettings
  absl::string_view reference;        // the order id that goes upstream
  int64_t wire_amount = 0;
  bool with_cvv = false;
  bool with_cardholder_name = false;  // the stored card has one
  // Of a refund: the upstream's own id of the original, of the kind that RefundIdName names.
  absl::string_view refund_of = "";
};

// What a status answer says.
struct StatusReport {
  enum class Kind {
    kFound,     // `outcome` is of the payment that was asked about
    kNotFound,  // the upstream says that it has no such payment
    kUseless,   // it says neither
  };
  Kind kind = Kind::kUseless;
  PaymentOutcome outcome;
};

// What a notification is about, before it is known whether it is about anything here.
struct NotificationNews {
  // The order id that went upstream; "": it names none.
  std::string reference;
  // The upstream's account that it names is not the route's.
  bool is_foreign = false;
  // What makes another one the same: bounded text of status and ids.
  std::string identity;
  // When the upstream made it; nullopt: it does not say.
  std::optional<absl::Time> time;
  // The proof does not cover what the message says, or not where one value ends and the next
  // begins: verified, it still is a hint, which a status call has to confirm.
  bool needs_confirming = false;
};

// What an upstream wants to hear when its notification was taken in; answered with HTTP 200.
struct AcknowledgementPlan {
  PlanObject body;
  Signer signer;
};

// One kind of upstream API: its settings, its requests and its answers. All that is particular to a
// vendor lives behind this; a connector is one folder and one line in connector_registry.cc.
// Implementations have no state. Thread-safe.
class Connector {
 public:
  virtual ~Connector() = default;

  // As a route document names it; also the name of its section there.
  virtual absl::string_view name() const = 0;

  // Reads its section of a route document; notes every mistake in `section` and then may return
  // anything but null.
  virtual std::shared_ptr<const ConnectorSettings> ParseSettings(RouteSection& section) const = 0;

  // The wire exponent of a currency for a route that says `default`; nullopt when the vendor does
  // not say, so that the route must.
  virtual std::optional<int> DefaultWireExponent(absl::string_view currency) const = 0;

  // Whether no pay-in goes through without a CVV, so that a route cannot say otherwise.
  virtual bool always_needs_cvv() const = 0;

  // How long after the sending of a request "not found" begins to count for a route that does not
  // say; nullopt when the vendor gives no bound on when a request may still be taken.
  virtual std::optional<absl::Duration> DefaultNotFoundAfter() const = 0;

  // The credentials that a route of these settings needs.
  virtual std::vector<std::string> CredentialNames(const ConnectorSettings& settings) const = 0;

  // OK, or UNIMPLEMENTED (NOT_OFFERED) with a sentence that says what the upstream lacks.
  virtual absl::Status CheckOffered(PaymentKind kind, const ConnectorSettings& settings) const = 0;

  // Whether a refund's request carries the card of the sale.
  virtual bool RefundNeedsCard(const ConnectorSettings& settings) const = 0;

  // Under which name of upstream_ids the id stands that a refund refers to.
  virtual std::string RefundIdName(const ConnectorSettings& settings) const = 0;

  // Every rule of the vendor's for the fields of a request. INVALID_ARGUMENT (FIELD_MISSING,
  // FIELD_INVALID, ID_INVALID) naming the field of the API.
  // REQUIRES: CheckOffered was OK.
  virtual void CheckOrder(const PaymentOrder& order, FieldFaults& faults) const = 0;

  // REQUIRES: CheckOrder found nothing, where the plan is to be sent; it is shown all the same.
  virtual RequestPlan PlanOrder(const PaymentOrder& order) const = 0;

  // REQUIRES: answer.delivery is kAnswered. IN_DOUBT for what is no outcome.
  virtual PaymentOutcome ReadAnswer(const OutboundAnswer& answer,
                                    const SentPayment& sent) const = 0;

  // The requests that ask how a payment stands, at least one. The next is for when the one before
  // it was answered "not found".
  virtual std::vector<RequestPlan> PlanStatus(const SentPayment& sent,
                                              const ConnectorSettings& settings) const = 0;

  // Whether there is an answer to those that ReadStatus takes for "not found".
  virtual bool CanSayNotFound(const ConnectorSettings& settings) const = 0;

  // REQUIRES: answer.delivery is kAnswered.
  virtual StatusReport ReadStatus(const OutboundAnswer& answer, const SentPayment& sent,
                                  const ConnectorSettings& settings) const = 0;

  // How notifications are believed and let in. Without a proof (NoProof) they are hints.
  virtual MessageRule NotificationRule(const ConnectorSettings& settings) const = 0;

  // Of a message read by that rule.
  virtual NotificationNews ReadNotification(const ReadMessage& message,
                                            const MessageHeaders& headers,
                                            const ConnectorSettings& settings) const = 0;

  // What the message says of the payment that it names.
  virtual PaymentOutcome ReadNotifiedOutcome(const ReadMessage& message, const SentPayment& sent,
                                             const ConnectorSettings& settings) const = 0;

  virtual AcknowledgementPlan PlanAcknowledgement(const ConnectorSettings& settings) const = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_CONNECTOR_H_
