#ifndef CARDVAULT_SERVER_WIRE_MESSAGE_PARSER_H_
#define CARDVAULT_SERVER_WIRE_MESSAGE_PARSER_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// Parses a request. INVALID_ARGUMENT: TEXT_INVALID naming the field ("card.number") whose text is
// not UTF-8, or FIELD_INVALID naming "request" for bytes that are no such message. protobuf's own
// answer would be INTERNAL, without a name.
absl::Status ParseMessage(absl::string_view bytes, google::protobuf::Message& message);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_WIRE_MESSAGE_PARSER_H_
