#include "forwarder/h2h/h2h_connector.h"

#include "forwarder/h2h/h2h_answer.h"
#include "forwarder/h2h/h2h_pay_in.h"
#include "forwarder/h2h/h2h_settings.h"
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
  return {Own(settings).signer.secret_name};
}

absl::Status H2hConnector::CheckPayIn(const PayInOrder& order) const {
  return CheckH2hPayIn(order);
}

RequestPlan H2hConnector::PlanPayIn(const PayInOrder& order) const {
  return PlanH2hPayIn(order, Own(order.settings));
}

PaymentOutcome H2hConnector::ReadPayInAnswer(const OutboundAnswer& answer,
                                             const SentPayIn& sent) const {
  return ReadH2hPayInAnswer(answer, sent);
}

}  // namespace cardvault
