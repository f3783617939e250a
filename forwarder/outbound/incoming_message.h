#ifndef CARDVAULT_FORWARDER_OUTBOUND_INCOMING_MESSAGE_H_
#define CARDVAULT_FORWARDER_OUTBOUND_INCOMING_MESSAGE_H_

#include <string>

#include "base/secret_bytes.h"
#include "forwarder/outbound/message_headers.h"

namespace cardvault {

// What came from an upstream: the answer to a request, or a notification as a merchant passes it
// on. Method, path and host are those of the request that the answer belongs to, or that brought
// the notification; "" where they are not known.
struct IncomingMessage {
  std::string method;
  std::string path;
  std::string host;
  MessageHeaders headers;  // those at least that the proof reads
  SecretBytes body;        // may hold a card
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_INCOMING_MESSAGE_H_
