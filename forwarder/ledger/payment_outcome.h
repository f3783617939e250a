#ifndef CARDVAULT_FORWARDER_LEDGER_PAYMENT_OUTCOME_H_
#define CARDVAULT_FORWARDER_LEDGER_PAYMENT_OUTCOME_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "forwarder/ledger/payment_state.h"

namespace cardvault {

// What an upstream said of a payment, in the ledger's words; texts are scrubbed and bounded.
// Thread-compatible.
struct PaymentOutcome {
  PaymentState state = PaymentState::kInDoubt;
  PaymentAction action = PaymentAction::kNone;
  std::string redirect_url;  // also beside other states: kept, not followed
  // Ids of the upstream's own: name and value.
  std::vector<std::pair<std::string, std::string>> upstream_ids;
  std::string raw_status;
  std::string error_code;
  std::string error_text;
  std::string processor;
  std::optional<int64_t> settled_amount;  // ISO 4217 minor units
  bool names_amount = false;              // it named the payment's, which is the one that was sent
  // It spoke of another payment, amount or currency: not believed, a person must look.
  bool conflict = false;
  bool needs_review = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_PAYMENT_OUTCOME_H_
