#ifndef CARDVAULT_FORWARDER_CONNECTOR_REGISTRY_H_
#define CARDVAULT_FORWARDER_CONNECTOR_REGISTRY_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/connector.h"

namespace cardvault {

// Every connector there is; never destroyed. Thread-safe.
const std::vector<const Connector*>& AllConnectors();

// Null for a name that no connector has.
const Connector* FindConnector(absl::string_view name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_CONNECTOR_REGISTRY_H_
