#include "sandbox/praxis13_gateway.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sandbox/counted_post.h"
#include "sandbox/inspection.h"
#include "sandbox/media_type.h"
#include "sandbox/notification_calls.h"
#include "sandbox/outcome.h"
#include "sandbox/praxis13_answer.h"
#include "sandbox/praxis13_notification.h"
#include "sandbox/praxis_timestamp.h"
#include "sandbox/three_d_secure_page.h"

namespace cardvault::sandbox {
namespace {

constexpr char kApproved[] = "approved";
constexpr char kAuthorized[] = "authorized";
constexpr char kDeclined[] = "declined";
constexpr char kCancelled[] = "cancelled";
constexpr char kAuthorization[] = "authorization";
constexpr char kRedirected[] = "/redirected/";

PraxisRefusal FieldRefusal(const FieldProblem& problem) {
  return {kPraxisFieldInvalid, problem.Text()};
}

Order OrderOf(const Praxis13PaymentRequest& payment, const Outcome& outcome) {
  Order order;
  order.id = payment.order_id;
  order.kind = payment.transaction_type;
  order.state = outcome.verdict == Verdict::kApproved && payment.transaction_type == kAuthorization
                    ? kAuthorized
                    : std::string(PraxisWord(outcome.verdict));
  order.amount = payment.amount;
  order.currency = payment.currency;
  order.customer_id = payment.cid;
  if (!payment.card_number.empty()) {
    order.last4 = payment.card_number.substr(payment.card_number.size() - 4);
  }
  order.error_code = std::string(outcome.error_code);
  order.error_text = std::string(outcome.error_text);
  order.reference_id = payment.reference_id;
  order.has_page = outcome.verdict == Verdict::kRedirect;
  order.cascades = outcome.verdict == Verdict::kDeclinedRetry;
  order.failing_lookups = outcome.failing_lookups;
  order.lying_lookups = outcome.lying_lookups;
  if (outcome.contradicts) order.contradicting_state = kDeclined;
  return order;
}

}  // namespace

Praxis13Gateway::Praxis13Gateway(Praxis13Credentials credentials, ClockMs clock,
                                 const Delays& delays)
    : credentials_(std::move(credentials)),
      clock_(std::move(clock)),
      outbox_(std::make_unique<Praxis13Notification>(credentials_), clock_),
      book_(kApproved, "sale", [this](const Order& order) { outbox_.Tell(order); }),
      delivery_(delays) {}

void Praxis13Gateway::Serve(TlsServer& server) {
  httplib::Server& http = server.http();
  ConnectionRegistry& connections = server.connections();
  http.Post("/api/direct-process",
            [this, &connections](const httplib::Request& request, httplib::Response& response) {
              DirectProcess(request, connections, response);
            });
  http.Post("/direct/refund",
            [this, &connections](const httplib::Request& request, httplib::Response& response) {
              Refund(request, connections, response);
            });
  http.Post("/agent/find-order",
            [this](const httplib::Request& request, httplib::Response& response) {
              FindOrder(request, response);
            });
  http.Post("/agent/manage-transaction",
            [this](const httplib::Request& request, httplib::Response& response) {
              Manage(request, response);
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

std::optional<PraxisRefusal> Praxis13Gateway::Authenticate(const httplib::Request& request,
                                                           Praxis13Message kind,
                                                           JsonValue& message) const {
  absl::StatusOr<JsonValue> parsed = JsonValue::Parse(request.body);
  if (!parsed.ok() || !parsed->is_object()) {
    return PraxisRefusal{kPraxisBodyUnreadable, "body: must be one JSON object"};
  }
  message = *std::move(parsed);  // from here on the caller can count the order
  if (!IsJsonMediaType(request)) {
    return PraxisRefusal{kPraxisBodyUnreadable, "Content-Type: must be application/json"};
  }
  if (message.StringAt("merchant_id") != credentials_.merchant_id) {
    return PraxisRefusal{kPraxisMerchantUnknown, "merchant_id: unknown"};
  }
  if (message.StringAt("application_key") != credentials_.application_key) {
    return PraxisRefusal{kPraxisMerchantUnknown, "application_key: unknown"};
  }
  if (message.StringAt("version") != kPraxis13Version) {
    return PraxisRefusal{kPraxisVersionUnknown, "version: must be the string 1.3"};
  }
  if (request.get_header_value_count(kPraxis13SignatureHeader) != 1 ||
      !VerifyPraxis13(kind, message, credentials_.merchant_secret,
                      request.get_header_value(kPraxis13SignatureHeader))) {
    return PraxisRefusal{kPraxisSignatureWrong, "Gt-Authentication: missing or wrong"};
  }
  const absl::string_view problem = PraxisTimestampProblem(message, NowSeconds());
  if (!problem.empty()) return PraxisRefusal{kPraxisTimestampInvalid, std::string(problem)};
  return std::nullopt;
}

void Praxis13Gateway::DirectProcess(const httplib::Request& request,
                                    ConnectionRegistry& connections, httplib::Response& response) {
  CountedPost post(book_);
  connections.CountPost(request.ssl);
  JsonValue message;
  const auto refusal = Authenticate(request, Praxis13Message::kDirectCardRequest, message);
  post.Count(message.StringAt("order_id"));
  if (refusal) return Refuse(*refusal, Praxis13Message::kPaymentAnswer, response);
  Praxis13PaymentRequest payment;
  if (const auto problem = ReadPraxis13CardRequest(message, credentials_, NowSeconds(), payment)) {
    return Refuse(FieldRefusal(*problem), Praxis13Message::kPaymentAnswer, response);
  }
  BookAndAnswer(payment, request, response);
}

void Praxis13Gateway::Refund(const httplib::Request& request, ConnectionRegistry& connections,
                             httplib::Response& response) {
  CountedPost post(book_);
  connections.CountPost(request.ssl);
  JsonValue message;
  const auto refusal = Authenticate(request, Praxis13Message::kRefundRequest, message);
  post.Count(message.StringAt("order_id"));
  if (refusal) return Refuse(*refusal, Praxis13Message::kPaymentAnswer, response);
  Praxis13PaymentRequest payment;
  if (const auto problem = ReadPraxis13Refund(message, payment)) {
    return Refuse(FieldRefusal(*problem), Praxis13Message::kPaymentAnswer, response);
  }
  BookAndAnswer(payment, request, response);
}

void Praxis13Gateway::BookAndAnswer(const Praxis13PaymentRequest& payment,
                                    const httplib::Request& request, httplib::Response& response) {
  const Outcome outcome = ChooseOutcome(payment.cvv, payment.amount);
  const std::string redirect_path = absl::StrCat(kRedirected, payment.order_id);
  if (!outcome.books()) {
    return delivery_.Deliver(outcome.fault, "", redirect_path, request, response);
  }
  if (outcome.fault == Fault::kBookLate && !delivery_.CloseAndAwaitBooking(request)) return;
  Order order = OrderOf(payment, outcome);
  if (const auto refusal = PraxisRefusalOf(book_.Book(order))) {
    return Refuse(*refusal, Praxis13Message::kPaymentAnswer, response);
  }
  const std::string page = order.has_page ? ThreeDSecureUrl(request, order.id) : "";
  JsonValue answer = Praxis13Answer(order, page, NowSeconds());
  ApplyPraxis13Fault(outcome.fault, order, payment.card_number,
                     absl::StrCat("https://127.0.0.1:", request.local_port), answer);
  Answer(Praxis13Message::kPaymentAnswer, answer, outcome.fault, redirect_path, request, response);
}

void Praxis13Gateway::FindOrder(const httplib::Request& request, httplib::Response& response) {
  book_.CountStatusCall();
  JsonValue message;
  if (const auto refusal = Authenticate(request, Praxis13Message::kFindOrderRequest, message)) {
    return Refuse(*refusal, Praxis13Message::kPaymentAnswer, response);
  }
  std::string id;
  if (const auto problem = ReadPraxis13FindOrder(message, id)) {
    return Refuse(FieldRefusal(*problem), Praxis13Message::kPaymentAnswer, response);
  }
  const std::optional<Order> order = book_.LookUp(id);
  if (!order) {
    return Refuse({kPraxisOrderNotFound, "order_id: not found"}, Praxis13Message::kPaymentAnswer,
                  response);
  }
  const Fault fault = order->failing_lookups > 0 ? Fault::kServerError
                      : order->lying_lookups > 0 ? Fault::kBadSignature
                                                 : Fault::kNone;
  Answer(Praxis13Message::kPaymentAnswer, Praxis13Answer(*order, "", NowSeconds()), fault, "",
         request, response);
}

void Praxis13Gateway::Manage(const httplib::Request& request, httplib::Response& response) {
  JsonValue message;
  if (const auto refusal = Authenticate(request, Praxis13Message::kManageRequest, message)) {
    return Refuse(*refusal, Praxis13Message::kManageAnswer, response);
  }
  Praxis13ManageRequest manage;
  auto problem = ReadPraxis13Manage(message, manage);
  const bool captures = manage.intent == "capture";
  if (!problem && !captures && manage.intent != "void") {
    problem = FieldProblem{"intent", "unknown word"};
  }
  if (problem) return Refuse(FieldRefusal(*problem), Praxis13Message::kManageAnswer, response);
  const std::optional<Order> order =
      book_.Advance(manage.tid, kAuthorized, captures ? kApproved : kCancelled);
  if (!order) {
    return Refuse({kPraxisFieldInvalid, "tid: not of an authorized transaction"},
                  Praxis13Message::kManageAnswer, response);
  }
  Answer(Praxis13Message::kManageAnswer, Praxis13Answer(*order, "", NowSeconds()), Fault::kNone, "",
         request, response);
}

void Praxis13Gateway::FollowRedirect(const httplib::Request& request, httplib::Response& response) {
  book_.CountRedirectFollowed();
  const std::optional<Order> order = book_.Find(request.matches[1].str());
  if (!order) {
    return Refuse({kPraxisOrderNotFound, "order_id: not found"}, Praxis13Message::kPaymentAnswer,
                  response);
  }
  Answer(Praxis13Message::kPaymentAnswer, Praxis13Answer(*order, "", NowSeconds()), Fault::kNone,
         "", request, response);
}

void Praxis13Gateway::Answer(Praxis13Message kind, const JsonValue& answer, Fault fault,
                             absl::string_view redirect_path, const httplib::Request& request,
                             httplib::Response& response) {
  const std::string secret = absl::StrCat(credentials_.merchant_secret,
                                          fault == Fault::kBadSignature ? "-of-another" : "");
  response.set_header(kPraxis13SignatureHeader, SignPraxis13(kind, answer, secret));
  delivery_.Deliver(fault, answer.Write(), std::string(redirect_path), request, response);
}

void Praxis13Gateway::Refuse(const PraxisRefusal& refusal, Praxis13Message answer_kind,
                             httplib::Response& response) {
  // "Not found" is an answer, not a fault of the request.
  if (refusal.code != kPraxisOrderNotFound) book_.CountRefusal(refusal.description);
  const JsonValue answer = Praxis13RefusalAnswer(refusal, NowSeconds());
  if (refusal.code != kPraxisBodyUnreadable && refusal.code != kPraxisMerchantUnknown) {
    response.set_header(kPraxis13SignatureHeader,
                        SignPraxis13(answer_kind, answer, credentials_.merchant_secret));
  }
  AnswerJson(answer.Write(), response);
}

}  // namespace cardvault::sandbox
