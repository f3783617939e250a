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
  bool offers_refund() const override { return false; }  // no refund call is public
  std::optional<absl::Duration> DefaultNotFoundAfter() const override { return std::nullopt; }

  std::shared_ptr<const ConnectorSettings> ParseSettings(RouteSection& section) const override;
  std::optional<int> DefaultWireExponent(absl::string_view currency) const override;
  std::vector<std::string> CredentialNames(const ConnectorSettings& settings) const override;
  absl::Status CheckPayIn(const PayInOrder& order) const override;
  RequestPlan PlanPayIn(const PayInOrder& order) const override;
  PaymentOutcome ReadPayInAnswer(const OutboundAnswer& answer,
                                 const SentPayIn& sent) const override;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_CONNECTOR_H_
