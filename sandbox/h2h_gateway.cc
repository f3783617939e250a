#include "sandbox/h2h_gateway.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sandbox/counted_post.h"
#include "sandbox/h2h_notification.h"
#include "sandbox/h2h_signature.h"
#include "sandbox/inspection.h"
#include "sandbox/media_type.h"
#include "sandbox/notification_calls.h"
#include "sandbox/outcome.h"
#include "sandbox/text_rules.h"
#include "sandbox/three_d_secure_page.h"

namespace cardvault::sandbox {
namespace {

constexpr char kApproved[] = "success";
constexpr char kDeclined[] = "decline";
constexpr char kRedirected[] = "/redirected/";
constexpr size_t kNonceBytesMax = 128;

H2hRefusal HeaderRefusal(absl::string_view text) {
  return {401, "unauthorized", std::string(text)};
}

H2hRefusal FieldRefusal(const FieldProblem& problem) {
  return {200, "invalid_request", problem.Text()};
}

// The id under which a request is counted, whatever else is wrong with it.
std::string PaymentIdOf(const absl::StatusOr<JsonValue>& message) {
  const JsonValue* payment = message.ok() ? message->Find("payment") : nullptr;
  return payment == nullptr ? "" : std::string(payment->StringAt("payment_id"));
}

Order OrderOf(H2hKind kind, const H2hCardRequest& card, const Outcome& outcome) {
  Order order;
  order.id = card.payment_id;
  order.kind = kind == H2hKind::kPayIn ? "payin" : "payout";
  order.state = std::string(H2hWord(outcome.verdict));
  order.amount = card.amount;
  order.currency = card.currency;
  order.last4 = card.card_number.substr(card.card_number.size() - 4);
  order.error_code = std::string(outcome.error_code);
  order.error_text = std::string(outcome.error_text);
  order.has_page = outcome.verdict == Verdict::kRedirect;
  order.failing_lookups = outcome.failing_lookups;
  order.lying_lookups = outcome.lying_lookups;
  if (outcome.contradicts) order.contradicting_state = kDeclined;
  return order;
}

}  // namespace

H2hGateway::H2hGateway(H2hCredentials credentials, ClockMs clock, const Delays& delays)
    : credentials_(std::move(credentials)),
      clock_(std::move(clock)),
      outbox_(std::make_unique<H2hNotification>(credentials_.api_secret), clock_),
      book_(kApproved, "payin", [this](const Order& order) { outbox_.Tell(order); }),
      nonces_(2 * kTimestampValidityMs),
      delivery_(delays) {}

void H2hGateway::Serve(TlsServer& server) {
  httplib::Server& http = server.http();
  ConnectionRegistry& connections = server.connections();
  http.Post("/api/payment/payin/card",
            [this, &connections](const httplib::Request& request, httplib::Response& response) {
              Pay(H2hKind::kPayIn, request, connections, response);
            });
  http.Post("/api/payment/payout/card",
            [this, &connections](const httplib::Request& request, httplib::Response& response) {
              Pay(H2hKind::kPayOut, request, connections, response);
            });
  http.Post("/api/payment/status",
            [this](const httplib::Request& request, httplib::Response& response) {
              Status(request, response);
            });
  const auto follow = [this](const httplib::Request& request, httplib::Response& response) {
    FollowRedirect(request, response);
  };
  const std::string redirected = absl::StrCat(kRedirected, "([A-Za-z0-9._:-]+)");
  http.Get(redirected, follow);
  http.Post(redirected, follow);
  ServeThreeDSecurePage(book_, kApproved, kDeclined, http);
  ServeNotifications(book_, outbox_, http);
  ServeInspection(book_, outbox_, server);
}

std::optional<H2hRefusal> H2hGateway::Authenticate(const httplib::Request& request) {
  for (const char* name :
       {"X-Wallet-UID", "X-MP-Key-Id", "X-MP-Timestamp", "X-MP-Nonce", "X-MP-Signature"}) {
    if (request.get_header_value_count(name) != 1 || request.get_header_value(name).empty()) {
      return HeaderRefusal(absl::StrCat(name, ": must come once"));
    }
  }
  if (!IsJsonMediaType(request)) return HeaderRefusal("Content-Type: must be application/json");
  if (request.get_header_value("X-Wallet-UID") != credentials_.wallet_uid) {
    return HeaderRefusal("X-Wallet-UID: unknown");
  }
  if (request.get_header_value("X-MP-Key-Id") != credentials_.key_id) {
    return HeaderRefusal("X-MP-Key-Id: unknown");
  }
  const std::string timestamp_ms = request.get_header_value("X-MP-Timestamp");
  const std::string nonce = request.get_header_value("X-MP-Nonce");
  if (nonce.size() > kNonceBytesMax) return HeaderRefusal("X-MP-Nonce: longer than 128");
  const H2hSignedRequest signed_request{request.method, request.target, timestamp_ms, nonce,
                                        request.body};
  if (!VerifyH2hRequest(signed_request, credentials_.api_secret,
                        request.get_header_value("X-MP-Signature"))) {
    return HeaderRefusal("X-MP-Signature: wrong");
  }
  if (auto refusal = CheckTimestamp(timestamp_ms)) return refusal;
  if (!nonces_.Take(nonce, clock_())) return HeaderRefusal("X-MP-Nonce: used before");
  return std::nullopt;
}

std::optional<H2hRefusal> H2hGateway::CheckTimestamp(const std::string& timestamp_ms) const {
  int64_t sent = 0;
  if (!IsAllDigits(timestamp_ms) || !absl::SimpleAtoi(timestamp_ms, &sent)) {
    return HeaderRefusal("X-MP-Timestamp: must be milliseconds");
  }
  const int64_t now = clock_();
  if (sent > now) return HeaderRefusal("X-MP-Timestamp: lies in the future");
  if (now - sent > kTimestampValidityMs) {
    return HeaderRefusal("X-MP-Timestamp: older than one minute");
  }
  return std::nullopt;
}

void H2hGateway::Pay(H2hKind kind, const httplib::Request& request, ConnectionRegistry& connections,
                     httplib::Response& response) {
  CountedPost post(book_);
  connections.CountPost(request.ssl);
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(request.body);
  const std::string id = PaymentIdOf(message);
  post.Count(id);
  if (const auto refusal = Authenticate(request)) return Refuse(*refusal, "", response);
  if (!message.ok() || !message->is_object()) {
    return Refuse({200, "invalid_request", "body: must be one JSON object"}, "", response);
  }
  H2hCardRequest card;
  if (const auto problem = ReadH2hCardRequest(*message, kind, clock_() / 1000, card)) {
    return Refuse(FieldRefusal(*problem), card.payment_id, response);
  }
  if (card.cascade_id !=
      (kind == H2hKind::kPayIn ? credentials_.payin_cascade_id : credentials_.payout_cascade_id)) {
    return Refuse({200, "invalid_request", "cascade_id: unknown"}, id, response);
  }
  const Outcome outcome = ChooseOutcome(card.cvv, card.amount);
  if (outcome.fault == Fault::kBookLate && !delivery_.CloseAndAwaitBooking(request)) return;
  Order order = OrderOf(kind, card, outcome);
  if (outcome.books()) {
    const BookResult result = book_.Book(order);
    if (result == BookResult::kDuplicate) {
      return Refuse({200, "duplicate_payment_id", "payment.payment_id: used before"}, id, response);
    }
    if (result != BookResult::kBooked) {
      return Refuse({503, "unavailable", "too many payments"}, id, response);
    }
  }
  AnswerBooked(order, outcome, card.card_number, request, response);
}

void H2hGateway::AnswerBooked(const Order& order, const Outcome& outcome,
                              absl::string_view card_number, const httplib::Request& request,
                              httplib::Response& response) {
  const std::string page = order.has_page ? ThreeDSecureUrl(request, order.id) : "";
  JsonValue answer = H2hCreateAnswer(order, page);
  ApplyH2hFault(outcome.fault, order, card_number,
                absl::StrCat("https://127.0.0.1:", request.local_port), answer);
  std::string body = answer.Write();
  if (outcome.fault == Fault::kBadSignature) body.resize(body.size() / 2);
  delivery_.Deliver(outcome.fault, std::move(body), absl::StrCat(kRedirected, order.id), request,
                    response);
}

void H2hGateway::Status(const httplib::Request& request, httplib::Response& response) {
  book_.CountStatusCall();
  if (const auto refusal = Authenticate(request)) return Refuse(*refusal, "", response);
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(request.body);
  if (!message.ok() || !message->is_object()) {
    return Refuse({200, "invalid_request", "body: must be one JSON object"}, "", response);
  }
  std::string id;
  if (const auto problem = ReadH2hStatusRequest(*message, id)) {
    return Refuse(FieldRefusal(*problem), "", response);
  }
  const std::optional<Order> order = book_.LookUp(id);
  if (!order) {
    const H2hRefusal not_found{200, "payment_not_found", "merchant_payment_id: not found"};
    return AnswerJson(H2hRefusalAnswer(not_found, id).Write(), response);
  }
  JsonValue answer = H2hStatusAnswer(*order);
  const Fault fault = order->failing_lookups > 0 ? Fault::kServerError : Fault::kNone;
  if (order->lying_lookups > 0) ApplyH2hFault(Fault::kOtherOrder, *order, "", "", answer);
  delivery_.Deliver(fault, answer.Write(), "", request, response);
}

void H2hGateway::FollowRedirect(const httplib::Request& request, httplib::Response& response) {
  book_.CountRedirectFollowed();
  const std::optional<Order> order = book_.Find(request.matches[1].str());
  if (!order) return Refuse({404, "payment_not_found", "not found"}, "", response);
  AnswerJson(H2hCreateAnswer(*order, "").Write(), response);
}

void H2hGateway::Refuse(const H2hRefusal& refusal, absl::string_view merchant_payment_id,
                        httplib::Response& response) {
  book_.CountRefusal(refusal.error_message);
  AnswerJson(H2hRefusalAnswer(refusal, merchant_payment_id).Write(), response);
  response.status = refusal.http_status;
}

}  // namespace cardvault::sandbox
