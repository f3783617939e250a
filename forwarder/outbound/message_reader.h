#ifndef CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_READER_H_
#define CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_READER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "card/pan.h"
#include "forwarder/outbound/answer_field.h"
#include "forwarder/outbound/incoming_message.h"  // IWYU pragma: export
#include "forwarder/outbound/message_rule.h"
#include "forwarder/outbound/route_secrets.h"

namespace cardvault {

// What comes in of a message.
struct ReadMessage {
  bool has_proof = false;  // whether the rule asks for one
  bool verified = false;   // whether that was right; false without one
  std::vector<AnswerField> fields;
  // In an allow-listed field stood a card number (the one that was sent, in any spelling, where one
  // was) or what can be its code, and was masked.
  bool found_card = false;
};

// Parses the message, verifies its proof, and lets the rule's fields through the response firewall;
// a field that the firewall drops is left out, and nothing else of the message comes in.
// `sent_pan` is null when no card was sent. INVALID_ARGUMENT (FIELD_INVALID, "body") for a body
// that is not one JSON object. Thread-safe.
absl::StatusOr<ReadMessage> ReadIncoming(IncomingMessage message, const MessageRule& rule,
                                         const RouteSecrets& secrets, const Pan* sent_pan);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_MESSAGE_READER_H_
