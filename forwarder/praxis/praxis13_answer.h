#ifndef CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_ANSWER_H_
#define CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_ANSWER_H_

#include <string>
#include <vector>

#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/answer_field.h"
#include "forwarder/outbound/outbound.h"
#include "forwarder/praxis/praxis_answer.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

inline constexpr PraxisMembers kPraxis13Members = {
    "session.order_id",
    "transaction.amount",
    "transaction.currency",
    "transaction.transaction_status",
    "transaction.error_code",
    "transaction.error_details",
    "transaction.payment_processor",
    "transaction.tid",
    nullptr,
    "transaction.processed_amount",
    "transaction.processed_currency",
};

// The members of answers, look-ups and notifications that are let in. Thread-safe.
std::vector<std::string> Praxis13AnswerFields();

// Whether an answer is of wire version 1.3, as its plan's fields tell: those of 1.1 have no member
// of an object. A refusal has none either, and reads the same in both. Thread-safe.
bool IsPraxis13Answer(const OutboundAnswer& answer);

// The fields with whole numbers without their fraction: 1500.00 is the 1500 that was sent. The
// signatures of this version take either form. Thread-safe.
std::vector<AnswerField> WithShortNumbers(std::vector<AnswerField> fields);

// As Connector::ReadAnswer. Thread-safe.
PaymentOutcome ReadPraxis13Answer(OutboundAnswer answer, const SentPayment& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PRAXIS_PRAXIS13_ANSWER_H_
