#include "forwarder/outbound/answer_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "forwarder/outbound/answer_document.h"
#include "forwarder/outbound/response_firewall.h"

namespace cardvault {
namespace {

bool Verify(const AnswerDocument& document, const RequestPlan& plan, const RouteSecrets& secrets) {
  if (plan.answer_proof != AnswerProof::kSortedValues) return false;
  const absl::StatusOr<const SecretBytes*> secret = FindSecret(secrets, plan.answer_secret_name);
  if (!secret.ok()) return false;
  // The same member as in the request, where the request is signed that way.
  const auto* const signer = std::get_if<SortedValuesSigner>(&plan.signer);
  const SortedValuesSigner usual;
  return document.VerifySortedValues((signer != nullptr ? *signer : usual).signature_field,
                                     **secret);
}

absl::string_view LastName(absl::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == absl::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace

absl::StatusOr<ReadAnswer> ReadAnswerBody(SecretBytes body, const RequestPlan& plan,
                                          const RouteSecrets& secrets, const Pan* sent_pan) {
  ASSIGN_OR_RETURN(const AnswerDocument document, AnswerDocument::Parse(std::move(body)));
  ReadAnswer answer;
  answer.verified = Verify(document, plan, secrets);
  ResponseFirewall firewall(sent_pan);
  for (const std::string& path : plan.answer_fields) {
    const AnswerDocument::Value* const value = document.Find(path);
    if (value == nullptr) continue;
    AnswerField field;
    field.path = path;
    field.is_string = value->kind == AnswerDocument::Kind::kString;
    field.is_null = value->kind == AnswerDocument::Kind::kNull;
    if (!field.is_null) {
      std::optional<std::string> text = firewall.Pass(LastName(path), value->text);
      if (!text.has_value()) continue;
      // A masked number is a number no more.
      if (value->text != *text) field.is_string = true;
      field.text = *std::move(text);
    }
    answer.fields.push_back(std::move(field));
  }
  answer.echoed_card = firewall.has_found();
  return answer;
}

}  // namespace cardvault
