#include "sandbox/answer_delivery.h"

#include <memory>
#include <utility>

#include "sandbox/connection_faults.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {
namespace {

constexpr char kJson[] = "application/json";
constexpr char kHtml[] = "text/html; charset=utf-8";

// Announces all of `body` and sends half of it.
void AnswerCut(std::string body, const SSL* connection, httplib::Response& response) {
  auto shared = std::make_shared<const std::string>(std::move(body));
  response.status = 200;
  response.set_content_provider(shared->size(), kJson,
                                [shared, connection](size_t, size_t, httplib::DataSink& sink) {
                                  sink.write(shared->data(), shared->size() / 2);
                                  CloseConnection(connection);
                                  return false;
                                });
}

}  // namespace

void AnswerJson(std::string body, httplib::Response& response) {
  response.status = 200;
  response.set_content(std::move(body), kJson);
}

void AnswerProblem(int http_status, absl::string_view text, httplib::Response& response) {
  AnswerJson(JsonValue::Object().Set("error", JsonValue::String(text)).Write(), response);
  response.status = http_status;
}

bool AnswerDelivery::CloseAndAwaitBooking(const httplib::Request& request) {
  CloseConnection(request.ssl);
  return !stopped_.WaitForNotificationWithTimeout(delays_.late);
}

void AnswerDelivery::Deliver(Fault fault, std::string body, const std::string& redirect_path,
                             const httplib::Request& request, httplib::Response& response) {
  switch (fault) {
    case Fault::kServerError:
      response.status = 500;
      response.set_content("Internal Server Error", "text/plain");
      return;
    case Fault::kClose:
    case Fault::kCloseBeforeBooking:
    case Fault::kBookLate:
      CloseConnection(request.ssl);
      return;
    case Fault::kReset:
      ResetConnection(request.ssl);
      return;
    case Fault::kCutBody:
      AnswerCut(std::move(body), request.ssl, response);
      return;
    case Fault::kHttpRedirect:
      response.set_redirect(redirect_path, 302);
      return;
    case Fault::kHtml:
      response.status = 200;
      response.set_content("<!doctype html><title>Maintenance</title><p>Back soon.</p>", kHtml);
      return;
    case Fault::kSlow:
      stopped_.WaitForNotificationWithTimeout(delays_.slow);
      break;
    case Fault::kNone:
    case Fault::kBadSignature:
    case Fault::kEchoCard:
    case Fault::kOtherOrder:
    case Fault::kOversize:
      break;
  }
  AnswerJson(std::move(body), response);
}

}  // namespace cardvault::sandbox
