#include "forwarder/praxis/praxis_connector.h"

#include "forwarder/iso_currency.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/praxis/praxis_sale.h"
#include "forwarder/praxis/praxis_settings.h"

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

absl::Status PraxisConnector::CheckPayIn(const PayInOrder& order) const {
  return CheckPraxisSale(order);
}

RequestPlan PraxisConnector::PlanPayIn(const PayInOrder& order) const {
  return PlanPraxisSale(order, Own(order.settings));
}

PaymentOutcome PraxisConnector::ReadPayInAnswer(const OutboundAnswer& answer,
                                                const SentPayIn& sent) const {
  return ReadPraxisSaleAnswer(answer, sent);
}

}  // namespace cardvault
