#ifndef CARDVAULT_FORWARDER_H2H_H2H_ANSWER_H_
#define CARDVAULT_FORWARDER_H2H_H2H_ANSWER_H_

#include <string>
#include <vector>

#include "forwarder/connector.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/outbound/outbound.h"

namespace cardvault {

// The fields of the answer to a card request that are let in.
std::vector<std::string> H2hPayInAnswerFields();

// As Connector::ReadPayInAnswer. Thread-safe.
PaymentOutcome ReadH2hPayInAnswer(const OutboundAnswer& answer, const SentPayIn& sent);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_H2H_H2H_ANSWER_H_
