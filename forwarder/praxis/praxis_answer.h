#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "forwarder/answer_reader.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

// Where a profile's answers, look-ups and notifications have what they say of a payment, as dotted
// paths. `status`, `description` and `redirect_url` stand outermost in both.
struct PraxisMembers {
  const char* order_id;
  const char* amount;
  const char* currency;
  const char* transaction_status;
  const char* error_code;
  const char* error_details;
  const char* processor;
  const char* trace_id;          // kept under its last name: that of 1.3 is `tid`
  const char* transaction_id;    // null: the profile has none
  const char* settled_amount;    // what was really charged
  const char* settled_currency;  // null: that of the payment
};
inline constexpr PraxisMembers kPraxis11Members = {
    "order_id",           "amount",     "currency",
    "transaction_status", "error_code", "error_details",
    "payment_processor",  "trace_id",   "transaction_id",
    "charge_amount",      nullptr};

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
bool HasStatusWord(const AnswerReader& reader, const PraxisMembers& members);

// What a verified message with a transaction_status says of the payment: a conflict when it names
// another order, currency or amount.
PaymentOutcome ReadPraxisMessage(const AnswerReader& reader, const PraxisMembers& members,
                                 const SentPayment& sent);

// What a verified notification says; IN_DOUBT without a transaction_status.
PaymentOutcome ReadPraxisNews(const AnswerReader& reader, const PraxisMembers& members,
                              const SentPayment& sent);

// As NotificationNews::identity: trace_id (1.3: tid), status, and every sum with its currency, so
// that one which spoke of another sum does not stand in the way of the true one.
std::string PraxisIdentity(const AnswerReader& reader, const PraxisMembers& members);

// As Connector::ReadAnswer. Thread-safe.
PaymentOutcome ReadPraxisAnswer(const OutboundAnswer& answer, const PraxisMembers& members,
                                const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS_ANSWER_H_
