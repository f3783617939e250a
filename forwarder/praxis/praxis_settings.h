#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SETTINGS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SETTINGS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "forwarder/connector_settings.h"
#include "forwarder/route_section.h"

namespace cardvault {

// The `praxis` section of a route document of profile "1.1"; every key is in
// docs/formats/route.md.
struct PraxisSettings final : public ConnectorSettings {
  std::string merchant_id;
  std::string frontend;
  std::string version;      // of the wire: document 3.1 says "1.1"
  std::string payout_word;  // the transaction_type of a payout
  // Which of the upstream's ids a refund refers to: "trace_id" or "transaction_id".
  std::string refund_id;
  std::string process_path;
  std::string find_order_path;
  std::string find_transaction_path;
  // The sentence by which look-ups say that there is no such payment; "": praxis_status.h.
  std::string not_found_description;

  std::vector<std::string> AccountNames() const override { return {"1.1", merchant_id, frontend}; }

  // Notes mistakes in `section`. Never null.
  static std::shared_ptr<const PraxisSettings> Parse(RouteSection& section);
};

// Of both profiles: the one credential of a route, and bounds in bytes.
inline constexpr char kPraxisSecretName[] = "merchant_secret";
inline constexpr size_t kMaxPraxisMerchantIdSize = 50;  // the document's
inline constexpr size_t kMaxPraxisPathSize = 200;       // ours: real ones have below 40
inline constexpr size_t kMaxPraxisSentenceSize = 256;   // what is read of a description

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_SETTINGS_H_
