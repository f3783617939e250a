#include "forwarder/outbound/message_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "forwarder/outbound/message_document.h"
#include "forwarder/outbound/message_proof.h"
#include "forwarder/outbound/response_firewall.h"

namespace cardvault {
namespace {

absl::string_view LastName(absl::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == absl::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace

absl::StatusOr<ReadMessage> ReadIncoming(IncomingMessage message, const MessageRule& rule,
                                         const RouteSecrets& secrets, const Pan* sent_pan) {
  ASSIGN_OR_RETURN(const MessageDocument document, MessageDocument::Parse(message.body));
  ReadMessage read;
  read.has_proof = !std::holds_alternative<NoProof>(rule.proof);
  read.verified = VerifyProof(rule.proof, message, document, secrets);
  ResponseFirewall firewall(sent_pan);
  for (const std::string& path : rule.fields) {
    const MessageDocument::Value* const value = document.Find(path);
    if (value == nullptr) continue;
    AnswerField field;
    field.path = path;
    field.is_string = value->kind == MessageDocument::Kind::kString;
    field.is_null = value->kind == MessageDocument::Kind::kNull;
    if (!field.is_null) {
      std::optional<std::string> text = firewall.Pass(LastName(path), value->text);
      if (!text.has_value()) continue;
      // A masked number is a number no more.
      if (value->text != *text) field.is_string = true;
      field.text = *std::move(text);
    }
    read.fields.push_back(std::move(field));
  }
  read.found_card = firewall.has_found();
  return read;
}

}  // namespace cardvault
