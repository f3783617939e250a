#include "forwarder/praxis/praxis_connector.h"

#include <cstddef>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/iso_currency.h"
#include "forwarder/praxis/praxis13_answer.h"
#include "forwarder/praxis/praxis13_notification.h"
#include "forwarder/praxis/praxis13_payment.h"
#include "forwarder/praxis/praxis13_settings.h"
#include "forwarder/praxis/praxis13_status.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_notification.h"
#include "forwarder/praxis/praxis_payment.h"
#include "forwarder/praxis/praxis_settings.h"
#include "forwarder/praxis/praxis_status.h"

namespace cardvault {
namespace {

// Settings come from this connector's own ParseSettings; null: they are of profile 1.1.
const Praxis13Settings* Own13(const ConnectorSettings& settings) {
  return dynamic_cast<const Praxis13Settings*>(&settings);
}

// REQUIRES: Own13 is null.
const PraxisSettings& Own11(const ConnectorSettings& settings) {
  return static_cast<const PraxisSettings&>(settings);
}

}  // namespace

std::shared_ptr<const ConnectorSettings> PraxisConnector::ParseSettings(
    RouteSection& section) const {
  static constexpr size_t k13 = 1;
  if (section.Word("profile", 0, {"1.1", "1.3"}) == k13) return Praxis13Settings::Parse(section);
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

absl::Status PraxisConnector::CheckOffered(PaymentKind kind,
                                           const ConnectorSettings& settings) const {
  const Praxis13Settings* const own = Own13(settings);
  if (kind != PaymentKind::kRefund || own == nullptr || !own->refund_values.empty()) {
    return absl::OkStatus();
  }
  return Unimplemented(ErrorReason::kNotOffered,
                       "this route makes no refunds: it does not say how they are signed");
}

// Card number and expiry are required in every refund of 1.1; one of 1.3 has neither.
bool PraxisConnector::RefundNeedsCard(const ConnectorSettings& settings) const {
  return Own13(settings) == nullptr;
}

std::string PraxisConnector::RefundIdName(const ConnectorSettings& settings) const {
  return Own13(settings) != nullptr ? "tid" : Own11(settings).refund_id;
}

void PraxisConnector::CheckOrder(const PaymentOrder& order, FieldFaults& faults) const {
  if (Own13(order.settings) != nullptr) return CheckPraxis13Payment(order, faults);
  CheckPraxisPayment(order, faults);
}

RequestPlan PraxisConnector::PlanOrder(const PaymentOrder& order) const {
  const Praxis13Settings* const own = Own13(order.settings);
  if (own != nullptr) return PlanPraxis13Payment(order, *own);
  return PlanPraxisPayment(order, Own11(order.settings));
}

PaymentOutcome PraxisConnector::ReadAnswer(const OutboundAnswer& answer,
                                           const SentPayment& sent) const {
  if (IsPraxis13Answer(answer)) return ReadPraxis13Answer(answer, sent);
  return ReadPraxisAnswer(answer, kPraxis11Members, sent);
}

std::vector<RequestPlan> PraxisConnector::PlanStatus(const SentPayment& sent,
                                                     const ConnectorSettings& settings) const {
  const Praxis13Settings* const own = Own13(settings);
  if (own != nullptr) return {PlanPraxis13Status(sent, *own)};
  return PlanPraxisStatus(sent, Own11(settings));
}

StatusReport PraxisConnector::ReadStatus(const OutboundAnswer& answer, const SentPayment& sent,
                                         const ConnectorSettings& settings) const {
  const Praxis13Settings* const own = Own13(settings);
  if (own != nullptr) return ReadPraxis13Status(answer, sent, *own);
  return ReadPraxisStatusAnswer(answer, kPraxis11Members, sent,
                                Own11(settings).not_found_description);
}

MessageRule PraxisConnector::NotificationRule(const ConnectorSettings& settings) const {
  if (Own13(settings) != nullptr) return Praxis13NotificationRule();
  return PraxisNotificationRule();
}

NotificationNews PraxisConnector::ReadNotification(const ReadMessage& message,
                                                   const MessageHeaders&,
                                                   const ConnectorSettings& settings) const {
  const Praxis13Settings* const own = Own13(settings);
  if (own != nullptr) return ReadPraxis13Notification(message, *own);
  return ReadPraxisNotification(message, Own11(settings));
}

PaymentOutcome PraxisConnector::ReadNotifiedOutcome(const ReadMessage& message,
                                                    const SentPayment& sent,
                                                    const ConnectorSettings& settings) const {
  if (Own13(settings) != nullptr) return ReadPraxis13NotifiedOutcome(message, sent);
  return ReadPraxisNotifiedOutcome(message, sent);
}

AcknowledgementPlan PraxisConnector::PlanAcknowledgement(const ConnectorSettings& settings) const {
  if (Own13(settings) != nullptr) return PlanPraxis13Acknowledgement();
  return PlanPraxisAcknowledgement(Own11(settings));
}

}  // namespace cardvault
