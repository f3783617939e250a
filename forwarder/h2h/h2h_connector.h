#ifndef CARDVAULT_FORWARDER_H2H_H2H_CONNECTOR_H_
#define CARDVAULT_FORWARDER_H2H_H2H_CONNECTOR_H_

#include "forwarder/connector.h"

namespace cardvault {

// The General Card H2H API: JSON over HTTPS, requests signed with an HMAC over a canonical string
// of the route's making, answers without a proof of their own. Thread-safe.
class H2hConnector final : public Connector {
 public:
  absl::string_view name() const override { return "h2h"; }
  bool always_needs_cvv() const override { return false; }
  std::optional<absl::Duration> DefaultNotFoundAfter() const override { return std::nullopt; }

  std::shared_ptr<const ConnectorSettings> ParseSettings(RouteSection& section) const override;
  std::optional<int> DefaultWireExponent(absl::string_view currency) const override;
  std::vector<std::string> CredentialNames(const ConnectorSettings& settings) const override;
  // No refund call is public.
  absl::Status CheckOffered(PaymentKind kind, const ConnectorSettings& settings) const override;
  bool RefundNeedsCard(const ConnectorSettings&) const override { return true; }
  std::string RefundIdName(const ConnectorSettings&) const override { return "payment_id"; }
  void CheckOrder(const PaymentOrder& order, FieldFaults& faults) const override;
  RequestPlan PlanOrder(const PaymentOrder& order) const override;
  PaymentOutcome ReadAnswer(const OutboundAnswer& answer, const SentPayment& sent) const override;
  std::vector<RequestPlan> PlanStatus(const SentPayment& sent,
                                      const ConnectorSettings& settings) const override;
  bool CanSayNotFound(const ConnectorSettings& settings) const override;
  StatusReport ReadStatus(const OutboundAnswer& answer, const SentPayment& sent,
                          const ConnectorSettings& settings) const override;
  MessageRule NotificationRule(const ConnectorSettings& settings) const override;
  NotificationNews ReadNotification(const ReadMessage& message, const MessageHeaders& headers,
                                    const ConnectorSettings& settings) const override;
  PaymentOutcome ReadNotifiedOutcome(const ReadMessage& message, const SentPayment& sent,
                                     const ConnectorSettings& settings) const override;
  AcknowledgementPlan PlanAcknowledgement(const ConnectorSettings& settings) const override;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_CONNECTOR_H_
