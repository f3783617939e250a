#include "sandbox/praxis_gateway.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sandbox/counted_post.h"
#include "sandbox/inspection.h"
#include "sandbox/media_type.h"
#include "sandbox/notification_calls.h"
#include "sandbox/outcome.h"
#include "sandbox/praxis_notification.h"
#include "sandbox/praxis_signature.h"
#include "sandbox/praxis_timestamp.h"
#include "sandbox/three_d_secure_page.h"

namespace cardvault::sandbox {
namespace {

constexpr char kApproved[] = "approved";
constexpr char kDeclined[] = "declined";
constexpr char kRedirected[] = "/redirected/";

PraxisRefusal FieldRefusal(const FieldProblem& problem) {
  return {kPraxisFieldInvalid, problem.Text()};
}

Order OrderOf(const PraxisCardRequest& card, const Outcome& outcome) {
  Order order;
  order.id = card.order_id;
  order.kind = card.transaction_type;
  order.state = std::string(PraxisWord(outcome.verdict));
  order.amount = card.amount;
  order.currency = card.currency;
  order.customer_id = card.pin;
  order.last4 = card.card_number.substr(card.card_number.size() - 4);
  order.error_code = std::string(outcome.error_code);
  order.error_text = std::string(outcome.error_text);
  order.reference_id = card.reference_id;
  order.has_page = outcome.verdict == Verdict::kRedirect;
  order.cascades = outcome.verdict == Verdict::kDeclinedRetry;
  order.failing_lookups = outcome.failing_lookups;
  order.lying_lookups = outcome.lying_lookups;
  if (outcome.contradicts) order.contradicting_state = kDeclined;
  return order;
}

}  // namespace

PraxisGateway::PraxisGateway(PraxisCredentials credentials, ClockMs clock, const Delays& delays)
    : credentials_(std::move(credentials)),
      clock_(std::move(clock)),
      outbox_(std::make_unique<PraxisNotification>(credentials_), clock_),
      book_(kApproved, "sale", [this](const Order& order) { outbox_.Tell(order); }),
      delivery_(delays) {}

void PraxisGateway::Serve(TlsServer& server) {
  httplib::Server& http = server.http();
  ConnectionRegistry& connections = server.connections();
  http.Post("/api/process",
            [this, &connections](const httplib::Request& request, httplib::Response& response) {
              Process(request, connections, response);
            });
  http.Post("/api/find-order",
            [this](const httplib::Request& request, httplib::Response& response) {
              LookUp(request, "order_id", response);
            });
  http.Post("/api/find-transaction",
            [this](const httplib::Request& request, httplib::Response& response) {
              LookUp(request, "trace_id", response);
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

std::optional<PraxisRefusal> PraxisGateway::Authenticate(const httplib::Request& request,
                                                         JsonValue& message) {
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
  if (message.StringAt("frontend") != credentials_.frontend) {
    return PraxisRefusal{kPraxisMerchantUnknown, "frontend: unknown"};
  }
  if (message.StringAt("version") != kPraxisVersion) {
    return PraxisRefusal{kPraxisVersionUnknown, "version: must be the string 1.1"};
  }
  if (!VerifyPraxisMessage(message, credentials_.merchant_secret)) {
    return PraxisRefusal{kPraxisSignatureWrong, "signature: missing or wrong"};
  }
  const absl::string_view problem = PraxisTimestampProblem(message, NowSeconds());
  if (!problem.empty()) return PraxisRefusal{kPraxisTimestampInvalid, std::string(problem)};
  return std::nullopt;
}

void PraxisGateway::Process(const httplib::Request& request, ConnectionRegistry& connections,
                            httplib::Response& response) {
  CountedPost post(book_);
  connections.CountPost(request.ssl);
  JsonValue message;
  std::optional<PraxisRefusal> refusal = Authenticate(request, message);
  post.Count(message.StringAt("order_id"));
  if (refusal) return Refuse(*refusal, response);

  PraxisCardRequest card;
  const auto problem = ReadPraxisCardRequest(message, credentials_.payout_word, NowSeconds(), card);
  if (problem) return Refuse(FieldRefusal(*problem), response);
  const Outcome outcome = ChooseOutcome(card.cvv, card.amount);
  Order order;
  if (outcome.fault == Fault::kBookLate && !delivery_.CloseAndAwaitBooking(request)) return;
  if (outcome.books()) {
    refusal = BookOrder(card, outcome, order);
    if (refusal) return Refuse(*refusal, response);
  }
  std::string body;
  if (outcome.books()) {
    const std::string page = order.has_page ? ThreeDSecureUrl(request, order.id) : "";
    JsonValue answer = PraxisProcessAnswer(order, page);
    ApplyPraxisFault(outcome.fault, order, card.card_number,
                     absl::StrCat("https://127.0.0.1:", request.local_port), answer);
    body = outcome.fault == Fault::kBadSignature
               ? WronglySignedPraxisText(std::move(answer), credentials_.merchant_secret)
               : SignedPraxisText(std::move(answer), credentials_.merchant_secret);
  }
  delivery_.Deliver(outcome.fault, std::move(body), absl::StrCat(kRedirected, card.order_id),
                    request, response);
}

std::optional<PraxisRefusal> PraxisGateway::BookOrder(const PraxisCardRequest& card,
                                                      const Outcome& outcome, Order& order) {
  order = OrderOf(card, outcome);
  return PraxisRefusalOf(book_.Book(order));
}

void PraxisGateway::LookUp(const httplib::Request& request, absl::string_view key_field,
                           httplib::Response& response) {
  book_.CountStatusCall();
  JsonValue message;
  const std::optional<PraxisRefusal> refusal = Authenticate(request, message);
  if (refusal) return Refuse(*refusal, response);
  std::string key;
  const auto problem = ReadPraxisLookup(message, key_field, key);
  if (problem) return Refuse(FieldRefusal(*problem), response);
  const std::optional<Order> order =
      key_field == "order_id" ? book_.LookUp(key) : book_.LookUpByTrace(key);
  if (!order) {
    return Refuse({kPraxisOrderNotFound, absl::StrCat(key_field, ": not found")}, response);
  }
  JsonValue answer = PraxisOrderMessage(*order, credentials_.frontend);
  answer.Set("timestamp", JsonValue::Number(NowSeconds()));
  const Fault fault = order->failing_lookups > 0 ? Fault::kServerError : Fault::kNone;
  delivery_.Deliver(fault,
                    fault == Fault::kNone && order->lying_lookups > 0
                        ? WronglySignedPraxisText(std::move(answer), credentials_.merchant_secret)
                        : SignedPraxisText(std::move(answer), credentials_.merchant_secret),
                    "", request, response);
}

void PraxisGateway::FollowRedirect(const httplib::Request& request, httplib::Response& response) {
  book_.CountRedirectFollowed();
  const std::optional<Order> order = book_.Find(request.matches[1].str());
  if (!order) return Refuse({kPraxisOrderNotFound, "order_id: not found"}, response);
  AnswerJson(SignedPraxisText(PraxisProcessAnswer(*order, ""), credentials_.merchant_secret),
             response);
}

void PraxisGateway::Refuse(const PraxisRefusal& refusal, httplib::Response& response) {
  // "Not found" is an answer, not a fault of the request.
  if (refusal.code != kPraxisOrderNotFound) book_.CountRefusal(refusal.description);
  JsonValue answer = PraxisRefusalAnswer(refusal);
  const bool knows_merchant =
      refusal.code != kPraxisBodyUnreadable && refusal.code != kPraxisMerchantUnknown;
  AnswerJson(knows_merchant ? SignedPraxisText(std::move(answer), credentials_.merchant_secret)
                            : answer.Write(),
             response);
}

}  // namespace cardvault::sandbox
