#ifndef CARDVAULT_FORWARDER_CONNECTOR_SETTINGS_H_
#define CARDVAULT_FORWARDER_CONNECTOR_SETTINGS_H_

namespace cardvault {

// What a connector reads of its own part of a route document (h2h/, praxis/ derive from it).
// Immutable once parsed.
class ConnectorSettings {
 public:
  virtual ~ConnectorSettings() = default;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_CONNECTOR_SETTINGS_H_
