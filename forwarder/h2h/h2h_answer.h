#ifndef CARDVAULT_FORWARDER_H2H_H2H_ANSWER_H_
#define CARDVAULT_FORWARDER_H2H_H2H_ANSWER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/answer_reader.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

// The fields of the answer to a pay-in or pay-out that are let in.
std::vector<std::string> H2hPaymentAnswerFields();

// What a status word says. `error` is no end (IN_DOUBT), and a word that no document lists is
// PENDING.
PaymentState H2hStateOf(absl::string_view word, bool has_redirect);

// Whether the answer names another order id, currency or amount than was sent.
bool SaysAnotherH2hPayment(const AnswerReader& reader, const SentPayment& sent);

// As Connector::ReadAnswer. Thread-safe.
PaymentOutcome ReadH2hPaymentAnswer(const OutboundAnswer& answer, const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_ANSWER_H_
