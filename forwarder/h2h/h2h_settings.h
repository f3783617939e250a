#ifndef CARDVAULT_FORWARDER_H2H_H2H_SETTINGS_H_
#define CARDVAULT_FORWARDER_H2H_H2H_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "forwarder/connector_settings.h"
#include "forwarder/outbound/message_rule.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/route_section.h"

namespace cardvault {

// The `h2h` section of a route document; every key is in docs/formats/route.md.
struct H2hSettings final : public ConnectorSettings {
  std::string payin_cascade_id;
  std::string payout_cascade_id;  // "" : the route takes no pay-outs
  std::string payin_path;
  std::string payout_path;
  std::string status_path;
  // The error_code by which a status answer says that there is no such payment; "": the vendor's is
  // not known, and no answer says it.
  std::string not_found_code;
  CanonicalHmacSigner signer;  // with wallet and key id
  // How callbacks are verified; NoProof: the vendor's rule is not known, and they are hints.
  MessageProof notification_proof;

  std::vector<std::string> AccountNames() const override { return {signer.wallet_uid}; }

  // Notes mistakes in `section`. Never null.
  static std::shared_ptr<const H2hSettings> Parse(RouteSection& section);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_SETTINGS_H_
