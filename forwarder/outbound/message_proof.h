#ifndef CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_PROOF_H_
#define CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_PROOF_H_

#include <string>
#include <vector>

#include "forwarder/outbound/incoming_message.h"
#include "forwarder/outbound/message_document.h"
#include "forwarder/outbound/message_rule.h"
#include "forwarder/outbound/route_secrets.h"

namespace cardvault {

// The headers that a proof reads. Thread-safe.
std::vector<std::string> HeadersOfProof(const MessageProof& proof);

// Whether the proof of a message is right, by any live version of the credential; false for
// NoProof. `document` is the message's parsed body. Compares in constant time. Thread-safe.
bool VerifyProof(const MessageProof& proof, const IncomingMessage& message,
                 const MessageDocument& document, const RouteSecrets& secrets);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_PROOF_H_
