#ifndef CARDVAULT_FORWARDER_CONNECTOR_SETTINGS_H_
#define CARDVAULT_FORWARDER_CONNECTOR_SETTINGS_H_

#include <string>
#include <vector>

namespace cardvault {

// What a connector reads of its own part of a route document (h2h/, praxis/ derive from it).
// Immutable once parsed.
class ConnectorSettings {
 public:
  virtual ~ConnectorSettings() = default;

  // What names the account at the upstream, beside its address: two routes that agree in it share
  // their order ids there. Without what changes in its lifetime, as a key's id.
  virtual std::vector<std::string> AccountNames() const = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_CONNECTOR_SETTINGS_H_
