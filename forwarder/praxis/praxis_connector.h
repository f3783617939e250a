#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_CONNECTOR_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_CONNECTOR_H_

#include "forwarder/connector.h"

namespace cardvault {

// Praxis card processing, document 3.1 (wire version "1.1"): flat JSON over HTTPS, requests and
// answers signed by a hash over their sorted values. Thread-safe.
class PraxisConnector final : public Connector {
 public:
  absl::string_view name() const override { return "praxis"; }
  bool always_needs_cvv() const override { return true; }  // `cvv` is required in every sale
  bool offers_refund() const override { return true; }
  std::optional<absl::Duration> DefaultNotFoundAfter() const override;

  std::shared_ptr<const ConnectorSettings> ParseSettings(RouteSection& section) const override;
  std::optional<int> DefaultWireExponent(absl::string_view currency) const override;
  std::vector<std::string> CredentialNames(const ConnectorSettings& settings) const override;
  absl::Status CheckPayIn(const PayInOrder& order) const override;
  RequestPlan PlanPayIn(const PayInOrder& order) const override;
  PaymentOutcome ReadPayInAnswer(const OutboundAnswer& answer,
                                 const SentPayIn& sent) const override;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_CONNECTOR_H_
