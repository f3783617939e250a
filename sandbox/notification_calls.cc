#include "sandbox/notification_calls.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "sandbox/answer_delivery.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kHttpStatusMin = 100;
constexpr int64_t kHttpStatusMax = 599;
constexpr size_t kOrderBytesMax = 100;
constexpr size_t kForgeryBytesMax = 16;

void Fetch(const httplib::Request& request, const NotificationOutbox& outbox,
           httplib::Response& response) {
  const std::string after = request.get_param_value("after");
  int64_t number = 0;
  if (!after.empty() && (!IsAllDigits(after) || !absl::SimpleAtoi(after, &number))) {
    return AnswerProblem(400, "after: must be a number", response);
  }
  AnswerJson(outbox.After(number).Write(), response);
}

// Any text of the merchant is taken, an empty one too: the dialect judges it.
std::optional<MerchantReply> ReadReply(const JsonValue& message, FieldChecker& fields) {
  MerchantReply reply;
  reply.status =
      fields.Integer("status", Presence::kRequired, kHttpStatusMin, kHttpStatusMax).value_or(0);
  fields.Ignore("headers");
  fields.Ignore("body");
  const JsonValue* headers = message.Find("headers");
  const JsonValue* body = message.Find("body");
  if (headers == nullptr || !headers->is_object()) {
    fields.Reject("headers", "must be an object");
    return std::nullopt;
  }
  if (body == nullptr || !body->is_string()) {
    fields.Reject("body", "must be a string");
    return std::nullopt;
  }
  for (const auto& [name, value] : headers->members()) {
    if (!value.is_string()) fields.Reject("headers", "must hold strings");
    reply.headers[absl::AsciiStrToLower(name)] = value.text();
  }
  reply.body = body->text();
  return reply;
}

JsonValue ResultOf(const AcknowledgementResult& result) {
  JsonValue answer = JsonValue::Object();
  answer.Set("acknowledged", JsonValue::Bool(result.problem.empty()));
  if (!result.problem.empty()) answer.Set("reason", JsonValue::String(result.problem));
  if (result.resent_as) answer.Set("resent_as", JsonValue::Number(*result.resent_as));
  return answer;
}

void Acknowledge(const httplib::Request& request, NotificationOutbox& outbox,
                 httplib::Response& response) {
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(request.body);
  if (!message.ok()) return AnswerProblem(400, message.status().message(), response);
  std::optional<FieldProblem> problem;
  FieldChecker fields(*message, problem);
  const auto number =
      fields.Integer("number", Presence::kRequired, 1, std::numeric_limits<int64_t>::max());
  const std::optional<MerchantReply> reply = ReadReply(*message, fields);
  fields.RefuseUnknownMembers();
  if (problem) return AnswerProblem(400, problem->Text(), response);
  const auto result = outbox.Acknowledge(*number, *reply);
  if (!result) return AnswerProblem(404, "number: not found", response);
  AnswerJson(ResultOf(*result).Write(), response);
}

std::optional<Forgery> ForgeryOf(absl::string_view word) {
  if (word == "signature") return Forgery::kSignature;
  if (word == "foreign") return Forgery::kForeign;
  if (word == "amount") return Forgery::kAmount;
  if (word == "stale") return Forgery::kStale;
  return std::nullopt;
}

void Forge(const httplib::Request& request, const OrderBook& book, NotificationOutbox& outbox,
           httplib::Response& response) {
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(request.body);
  if (!message.ok()) return AnswerProblem(400, message.status().message(), response);
  std::optional<FieldProblem> problem;
  FieldChecker fields(*message, problem);
  const absl::string_view id = fields.String("order", Presence::kRequired, kOrderBytesMax);
  const auto forgery = ForgeryOf(fields.String("what", Presence::kRequired, kForgeryBytesMax));
  if (!forgery) fields.Reject("what", "must be signature, foreign, amount or stale");
  fields.RefuseUnknownMembers();
  if (problem) return AnswerProblem(400, problem->Text(), response);
  const std::optional<Order> order = book.Find(id);
  if (!order) return AnswerProblem(404, "order: not found", response);
  outbox.TellForged(*order, *forgery);
  AnswerJson("{}", response);
}

}  // namespace

void ServeNotifications(OrderBook& book, NotificationOutbox& outbox, httplib::Server& server) {
  server.Get("/sandbox/notifications",
             [&outbox](const httplib::Request& request, httplib::Response& response) {
               Fetch(request, outbox, response);
             });
  server.Post("/sandbox/notifications/acknowledge",
              [&outbox](const httplib::Request& request, httplib::Response& response) {
                Acknowledge(request, outbox, response);
              });
  server.Post("/sandbox/notifications/forge",
              [&book, &outbox](const httplib::Request& request, httplib::Response& response) {
                Forge(request, book, outbox, response);
              });
}

}  // namespace cardvault::sandbox
