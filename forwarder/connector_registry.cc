#include "forwarder/connector_registry.h"

#include "forwarder/h2h/h2h_connector.h"
#include "forwarder/praxis/praxis_connector.h"

namespace cardvault {

const std::vector<const Connector*>& AllConnectors() {
  static const auto* const connectors = new std::vector<const Connector*>{
      new H2hConnector,
      new PraxisConnector,
  };
  return *connectors;
}

const Connector* FindConnector(absl::string_view name) {
  for (const Connector* connector : AllConnectors()) {
    if (connector->name() == name) return connector;
  }
  return nullptr;
}

}  // namespace cardvault
