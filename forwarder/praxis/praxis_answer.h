#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/connector.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/outbound.h"

namespace cardvault {

// The fields of the answer to a card request that are let in.
std::vector<std::string> PraxisCardAnswerFields();

// What a transaction_status says of a sale. Spaces, `_` and `-` are one and the same, and so are
// cancelled and canceled; a word that no document lists is PENDING, never an end.
struct PraxisStatus {
  PaymentState state = PaymentState::kPending;
  PaymentAction action = PaymentAction::kNone;
  bool needs_review = false;
};
PraxisStatus ReadPraxisStatus(absl::string_view word, bool has_redirect);

// As Connector::ReadPayInAnswer. Thread-safe.
PaymentOutcome ReadPraxisSaleAnswer(const OutboundAnswer& answer, const SentPayIn& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_
