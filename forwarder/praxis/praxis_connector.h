#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_CONNECTOR_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_CONNECTOR_H_

#include "forwarder/connector.h"

namespace cardvault {

// Praxis card processing in two profiles, of which a route has one. "1.1" (document 3.1): flat JSON
// over HTTPS, requests and answers signed by a hash over their sorted values. "1.3": nested JSON
// with encrypted card fields, signed in a header by a hash over listed values. Thread-safe.
class PraxisConnector final : public Connector {
 public:
  absl::string_view name() const override { return "praxis"; }
  bool always_needs_cvv() const override { return true; }  // `cvv` is required in every sale
  std::optional<absl::Duration> DefaultNotFoundAfter() const override;

  std::shared_ptr<const ConnectorSettings> ParseSettings(RouteSection& section) const override;
  std::optional<int> DefaultWireExponent(absl::string_view currency) const override;
  std::vector<std::string> CredentialNames(const ConnectorSettings& settings) const override;
  absl::Status CheckOffered(PaymentKind kind, const ConnectorSettings& settings) const override;
  bool RefundNeedsCard(const ConnectorSettings& settings) const override;
  std::string RefundIdName(const ConnectorSettings& settings) const override;
  void CheckOrder(const PaymentOrder& order, FieldFaults& faults) const override;
  RequestPlan PlanOrder(const PaymentOrder& order) const override;
  PaymentOutcome ReadAnswer(const OutboundAnswer& answer, const SentPayment& sent) const override;
  std::vector<RequestPlan> PlanStatus(const SentPayment& sent,
                                      const ConnectorSettings& settings) const override;
  bool CanSayNotFound(const ConnectorSettings&) const override { return true; }
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

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_CONNECTOR_H_
