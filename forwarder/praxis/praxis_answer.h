#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/answer_reader.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

// Requests of wire version 1.1 and their answers are signed by sorted values. The fields that are
// let in are those of answers, look-ups and notifications alike.
void SignPraxisPlan(RequestPlan& plan);

// What a transaction_status says. Spaces, `_` and `-` are one and the same, and so are cancelled
// and canceled; a word that no document lists is PENDING, never an end.
struct PraxisStatus {
  PaymentState state = PaymentState::kPending;
  PaymentAction action = PaymentAction::kNone;
  bool needs_review = false;
  bool is_error = false;  // no end by itself: IN_DOUBT
};
PraxisStatus ReadPraxisStatus(absl::string_view word, bool has_redirect);

// Whether the message has a transaction_status: only then it has an outcome.
bool HasStatusWord(const AnswerReader& reader);

// What a verified message with a transaction_status says of the payment: a conflict when it names
// another order, currency or amount.
PaymentOutcome ReadPraxisMessage(const AnswerReader& reader, const SentPayment& sent);

// As Connector::ReadAnswer. Thread-safe.
PaymentOutcome ReadPraxisAnswer(const OutboundAnswer& answer, const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_
