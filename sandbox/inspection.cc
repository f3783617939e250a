#include "sandbox/inspection.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "sandbox/answer_delivery.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {
namespace {

constexpr size_t kStateBytesMax = 32;

bool IsStateWord(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '_' || c == '-';
  });
}

void AnswerProblem(int http_status, const std::string& text, httplib::Response& response) {
  AnswerJson(JsonValue::Object().Set("error", JsonValue::String(text)).Write(), response);
  response.status = http_status;
}

void Settle(const httplib::Request& request, OrderBook& book, httplib::Response& response) {
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(request.body);
  if (!message.ok()) {
    AnswerProblem(400, std::string(message.status().message()), response);
    return;
  }
  std::optional<FieldProblem> problem;
  FieldChecker fields(*message, problem);
  const absl::string_view order = fields.String("order", Presence::kRequired, 100);
  const absl::string_view state =
      fields.String("state", Presence::kRequired, kStateBytesMax, IsStateWord, "must be words");
  const auto settled_amount =
      fields.Integer("settled_amount", Presence::kOptional, 0, std::numeric_limits<int64_t>::max());
  fields.RefuseUnknownMembers();
  if (problem) {
    AnswerProblem(400, problem->Text(), response);
  } else if (!book.Settle(order, state, settled_amount)) {
    AnswerProblem(404, "order: not found", response);
  } else {
    AnswerJson("{}", response);
  }
}

}  // namespace

void ServeInspection(OrderBook& book, TlsServer& server) {
  ConnectionRegistry& connections = server.connections();
  server.http().Get("/sandbox/stats",
                    [&book, &connections](const httplib::Request&, httplib::Response& response) {
                      JsonValue stats = book.Stats();
                      stats.Set("connections", JsonValue::Number(connections.connection_count()));
                      stats.Set("connections_used_for_two_or_more_posts",
                                JsonValue::Number(connections.reused_connection_count()));
                      AnswerJson(stats.Write(), response);
                    });
  server.http().Post("/sandbox/reset",
                     [&book, &connections](const httplib::Request&, httplib::Response& response) {
                       book.Reset();
                       connections.ResetCounts();
                       AnswerJson("{}", response);
                     });
  server.http().Post("/sandbox/settle",
                     [&book](const httplib::Request& request, httplib::Response& response) {
                       Settle(request, book, response);
                     });
}

}  // namespace cardvault::sandbox
