#include "forwarder/h2h/h2h_connector.h"

#include <variant>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/h2h/h2h_answer.h"
#include "forwarder/h2h/h2h_notification.h"
#include "forwarder/h2h/h2h_payment.h"
#include "forwarder/h2h/h2h_settings.h"
#include "forwarder/h2h/h2h_status.h"
#include "forwarder/iso_currency.h"

namespace cardvault {
namespace {

// Settings come from this connector's own ParseSettings.
const H2hSettings& Own(const ConnectorSettings& settings) {
  return static_cast<const H2hSettings&>(settings);
}

}  // namespace

std::shared_ptr<const ConnectorSettings> H2hConnector::ParseSettings(RouteSection& section) const {
  return H2hSettings::Parse(section);
}

// The API speaks of minor units per currency (USD 2, KRW 0): the exponents of ISO 4217.
std::optional<int> H2hConnector::DefaultWireExponent(absl::string_view currency) const {
  return IsoExponent(currency);
}

std::vector<std::string> H2hConnector::CredentialNames(const ConnectorSettings& settings) const {
  const H2hSettings& own = Own(settings);
  std::vector<std::string> names = {own.signer.secret_name};
  const auto* const proof = std::get_if<CanonicalHmacProof>(&own.notification_proof);
  if (proof != nullptr && proof->secret_name != names.front()) names.push_back(proof->secret_name);
  return names;
}

absl::Status H2hConnector::CheckOffered(PaymentKind kind, const ConnectorSettings& settings) const {
  switch (kind) {
    case PaymentKind::kPayIn:
      return absl::OkStatus();
    case PaymentKind::kPayOut:
      if (!Own(settings).payout_cascade_id.empty()) return absl::OkStatus();
      return Unimplemented(ErrorReason::kNotOffered,
                           "this route takes no pay-outs: it has no cascade for them");
    case PaymentKind::kRefund:
      return Unimplemented(ErrorReason::kNotOffered,
                           "the H2H API has no refund: pay the money out instead");
  }
  return Unimplemented(ErrorReason::kNotOffered, "this upstream has no such operation");
}

void H2hConnector::CheckOrder(const PaymentOrder& order, FieldFaults& faults) const {
  CheckH2hPayment(order, faults);
}

RequestPlan H2hConnector::PlanOrder(const PaymentOrder& order) const {
  return PlanH2hPayment(order, Own(order.settings));
}

PaymentOutcome H2hConnector::ReadAnswer(const OutboundAnswer& answer,
                                        const SentPayment& sent) const {
  return ReadH2hPaymentAnswer(answer, sent);
}

std::vector<RequestPlan> H2hConnector::PlanStatus(const SentPayment& sent,
                                                  const ConnectorSettings& settings) const {
  return {PlanH2hStatus(sent, Own(settings))};
}

bool H2hConnector::CanSayNotFound(const ConnectorSettings& settings) const {
  return !Own(settings).not_found_code.empty();
}

StatusReport H2hConnector::ReadStatus(const OutboundAnswer& answer, const SentPayment& sent,
                                      const ConnectorSettings& settings) const {
  return ReadH2hStatus(answer, sent, Own(settings));
}

MessageRule H2hConnector::NotificationRule(const ConnectorSettings& settings) const {
  return H2hNotificationRule(Own(settings));
}

NotificationNews H2hConnector::ReadNotification(const ReadMessage& message,
                                                const MessageHeaders& headers,
                                                const ConnectorSettings& settings) const {
  return ReadH2hNotification(message, headers, Own(settings));
}

PaymentOutcome H2hConnector::ReadNotifiedOutcome(const ReadMessage& message,
                                                 const SentPayment& sent,
                                                 const ConnectorSettings&) const {
  return ReadH2hNotifiedOutcome(message, sent);
}

// What the vendor wants to hear is not public; HTTP 200 and an empty object say yes everywhere.
AcknowledgementPlan H2hConnector::PlanAcknowledgement(const ConnectorSettings&) const {
  return {{}, NoSigner()};
}

}  // namespace cardvault
