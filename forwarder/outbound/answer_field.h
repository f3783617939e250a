#ifndef CARDVAULT_FORWARDER_OUTBOUND_ANSWER_FIELD_H_
#define CARDVAULT_FORWARDER_OUTBOUND_ANSWER_FIELD_H_

#include <string>

namespace cardvault {

// An allow-listed field of an answer or notification, card numbers masked.
struct AnswerField {
  std::string path;
  std::string text;  // strings decoded, numbers by their literal, true/false; null: ""
  bool is_string = false;
  bool is_null = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_ANSWER_FIELD_H_
