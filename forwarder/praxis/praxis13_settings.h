#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_SETTINGS_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/connector_settings.h"
#include "forwarder/route_section.h"

namespace cardvault {

// The `praxis` section of a route document of profile "1.3"; every key is in
// docs/formats/route.md. What the vendor does not publish has no default: lists of the values that
// are signed, in their order, as dotted paths.
struct Praxis13Settings final : public ConnectorSettings {
  // Names inside card_data, which vary between sources.
  struct CardFields {
    std::string number;
    std::string expiry;
    std::string cvv;
  };

  std::string merchant_id;
  std::string application_key;
  std::string gateway;
  std::string locale;
  CardFields card_fields;
  std::string direct_process_path;
  std::string refund_path;
  std::string find_order_path;
  // The sentence by which find-order says that there is no such payment; "": praxis_status.h.
  std::string not_found_description;
  std::vector<std::string> answer_values;  // empty: direct-card answers are not verified
  std::vector<std::string> find_order_values;
  std::vector<std::string> refund_values;         // empty: no refunds
  std::vector<std::string> refund_answer_values;  // empty: refund answers are not verified

  std::vector<std::string> AccountNames() const override {
    return {"1.3", merchant_id, application_key};
  }

  // Notes mistakes in `section`. Never null.
  static std::shared_ptr<const Praxis13Settings> Parse(RouteSection& section);
};

// The members of a refund's body: what refund_values can name.
inline constexpr absl::string_view kPraxis13RefundMembers[] = {
    "merchant_id",      "application_key", "version",     "timestamp",
    "transaction_type", "currency",        "amount",      "cid",
    "locale",           "order_id",        "reference_id"};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_SETTINGS_H_
