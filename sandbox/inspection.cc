#include "sandbox/inspection.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "sandbox/answer_delivery.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {
namespace {

constexpr size_t kStateBytesMax = 32;
// One answer of about 10 MB; who has more orders asks for pages.
constexpr int64_t kStatsOrderCountMax = 50'000;

bool IsStateWord(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ' ' || c == '_' || c == '-';
  });
}

void Settle(const httplib::Request& request, OrderBook& book, httplib::Response& response) {
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(request.body);
  if (!message.ok()) {
    return AnswerProblem(400, message.status().message(), response);
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

void Stats(const httplib::Request& request, const OrderBook& book, const NotificationOutbox& outbox,
           const ConnectionRegistry& connections, httplib::Response& response) {
  int64_t count = kStatsOrderCountMax;
  if (request.has_param("count") && (!absl::SimpleAtoi(request.get_param_value("count"), &count) ||
                                     count < 0 || count > kStatsOrderCountMax)) {
    return AnswerProblem(400, "count: must be 0 to 50000", response);
  }
  JsonValue stats = book.Stats({request.get_param_value("after"), static_cast<size_t>(count)});
  outbox.AddStats(stats);
  stats.Set("connections", JsonValue::Number(connections.connection_count()));
  stats.Set("connections_used_for_two_or_more_posts",
            JsonValue::Number(connections.reused_connection_count()));
  AnswerJson(stats.Write(), response);
}

}  // namespace

void ServeInspection(OrderBook& book, NotificationOutbox& outbox, TlsServer& server) {
  ConnectionRegistry& connections = server.connections();
  server.http().Get(
      "/sandbox/stats",
      [&book, &outbox, &connections](const httplib::Request& request, httplib::Response& response) {
        Stats(request, book, outbox, connections, response);
      });
  server.http().Post("/sandbox/reset", [&book, &outbox, &connections](const httplib::Request&,
                                                                      httplib::Response& response) {
    book.Reset();
    outbox.Reset();
    connections.ResetCounts();
    AnswerJson("{}", response);
  });
  server.http().Post("/sandbox/settle",
                     [&book](const httplib::Request& request, httplib::Response& response) {
                       Settle(request, book, response);
                     });
}

}  // namespace cardvault::sandbox
