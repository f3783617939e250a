#include "forwarder/praxis/praxis_connector.h"

#include "forwarder/iso_currency.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_notification.h"
#include "forwarder/praxis/praxis_payment.h"
#include "forwarder/praxis/praxis_settings.h"
#include "forwarder/praxis/praxis_status.h"

namespace cardvault {
namespace {

// Settings come from this connector's own ParseSettings.
const PraxisSettings& Own(const ConnectorSettings& settings) {
  return static_cast<const PraxisSettings&>(settings);
}

}  // namespace

std::shared_ptr<const ConnectorSettings> PraxisConnector::ParseSettings(
    RouteSection& section) const {
  return PraxisSettings::Parse(section);
}

// Amounts are "cents", but JPY, CLP, KRW, VND and the currencies of three digits go "as is". Of the
// latter the document does not say whether whole units or thousandths are meant, and of others
// without digits nothing, so for those the route must say it.
std::optional<int> PraxisConnector::DefaultWireExponent(absl::string_view currency) const {
  if (IsoExponent(currency) == 2) return 2;
  for (const absl::string_view whole : {"JPY", "KRW", "VND", "CLP"}) {
    if (currency == whole) return 0;
  }
  return std::nullopt;
}

// A signed body is good for one minute from its timestamp; another one for clocks that differ.
std::optional<absl::Duration> PraxisConnector::DefaultNotFoundAfter() const {
  return absl::Seconds(120);
}

std::vector<std::string> PraxisConnector::CredentialNames(const ConnectorSettings&) const {
  return {kPraxisSecretName};
}

absl::Status PraxisConnector::CheckOffered(PaymentKind, const ConnectorSettings&) const {
  return absl::OkStatus();
}

std::string PraxisConnector::RefundIdName(const ConnectorSettings& settings) const {
  return Own(settings).refund_id;
}

void PraxisConnector::CheckOrder(const PaymentOrder& order, FieldFaults& faults) const {
  CheckPraxisPayment(order, faults);
}

RequestPlan PraxisConnector::PlanOrder(const PaymentOrder& order) const {
  return PlanPraxisPayment(order, Own(order.settings));
}

PaymentOutcome PraxisConnector::ReadAnswer(const OutboundAnswer& answer,
                                           const SentPayment& sent) const {
  return ReadPraxisAnswer(answer, kPraxis11Members, sent);
}

std::vector<RequestPlan> PraxisConnector::PlanStatus(const SentPayment& sent,
                                                     const ConnectorSettings& settings) const {
  return PlanPraxisStatus(sent, Own(settings));
}

StatusReport PraxisConnector::ReadStatus(const OutboundAnswer& answer, const SentPayment& sent,
                                         const ConnectorSettings&) const {
  return ReadPraxisStatusAnswer(answer, kPraxis11Members, sent);
}

MessageRule PraxisConnector::NotificationRule(const ConnectorSettings&) const {
  return PraxisNotificationRule();
}

NotificationNews PraxisConnector::ReadNotification(const ReadMessage& message,
                                                   const MessageHeaders&,
                                                   const ConnectorSettings& settings) const {
  return ReadPraxisNotification(message, Own(settings));
}

PaymentOutcome PraxisConnector::ReadNotifiedOutcome(const ReadMessage& message,
                                                    const SentPayment& sent,
                                                    const ConnectorSettings&) const {
  return ReadPraxisNotifiedOutcome(message, sent);
}

AcknowledgementPlan PraxisConnector::PlanAcknowledgement(const ConnectorSettings& settings) const {
  return PlanPraxisAcknowledgement(Own(settings));
}

}  // namespace cardvault
