#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/payment_text.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using v1::PaymentService;

struct VerifyOptions {
  v1::VerifyNotificationRequest request;
  std::string body_path;
  std::vector<std::string> headers;  // "Name: value"
  std::string ack_path;
};

bool ReadHeaders(const std::vector<std::string>& headers, v1::VerifyNotificationRequest& request) {
  for (const std::string& header : headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) return false;
    v1::HttpHeader* added = request.add_headers();
    added->set_name(header.substr(0, colon));
    added->set_value(std::string(absl::StripAsciiWhitespace(header.substr(colon + 1))));
  }
  return true;
}

// What the answer comes to, in one word.
std::string Verdict(const v1::VerifyNotificationResponse& response) {
  if (response.refused())
    return absl::StrCat("refused (", response.refusal(), "): answer with an HTTP error");
  if (!response.has_acknowledgement()) return "not confirmed: answer with HTTP 503";
  return response.event().repeated() ? "accepted, it came before" : "accepted";
}

// Empty where nothing had to be confirmed.
std::string Confirmation(const v1::VerifyNotificationResponse& response) {
  if (!response.event().unconfirmed()) return "";
  return response.has_acknowledgement() ? "by a status call" : "no, and nothing else proves it";
}

std::string AcknowledgementText(const v1::HttpAnswer& answer) {
  std::string text = absl::StrCat("\nanswer with HTTP ", answer.status(), "\n");
  for (const v1::HttpHeader& header : answer.headers()) {
    absl::StrAppend(&text, header.name(), ": ", header.value(), "\n");
  }
  absl::StrAppend(&text, answer.body().empty() ? "(no body)" : answer.body(), "\n");
  return text;
}

std::string VerifyText(const v1::VerifyNotificationResponse& response) {
  const v1::NotificationEvent& event = response.event();
  std::string text =
      Details({{"notification", Verdict(response)},
               {"payment", event.payment_id()},
               {"upstream says", event.raw_status()},
               {"which means", StateWord(event.state())},
               {"confirmed", Confirmation(response)},
               {"changed it", response.has_event() ? (event.applied() ? "yes" : "no") : ""},
               {"payment is", StateWord(response.payment().state())},
               {"conflict", response.payment().conflict() ? "yes: a person must look" : ""}});
  if (response.has_acknowledgement()) {
    absl::StrAppend(&text, AcknowledgementText(response.acknowledgement()));
  }
  return text;
}

// Empty, or what is wrong.
std::string WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  return file.good() ? "" : absl::StrCat(path, " cannot be written: ", strerror(errno));
}

int Verify(Session& session, VerifyOptions& options) {
  if (!ReadHeaders(options.headers, options.request)) {
    return Session::Misused("--header is 'Name: value'");
  }
  const bool is_piped = options.body_path == "-";
  const std::string problem =
      ReadTextFile(is_piped ? "/dev/stdin" : options.body_path, *options.request.mutable_body());
  if (!problem.empty()) {
    return Session::Misused(
        absl::StrCat(is_piped ? "standard input" : options.body_path, " ", problem));
  }
  const auto channel = session.ConnectToPay();
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  v1::VerifyNotificationResponse response;
  const grpc::Status status =
      PaymentService::NewStub(channel)->VerifyNotification(&context, options.request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  if (response.has_acknowledgement() && !options.ack_path.empty()) {
    const std::string mistake = WriteBytes(options.ack_path, response.acknowledgement().body());
    if (!mistake.empty()) {
      std::cerr << "cardvault: " << mistake << "; the notification was taken in: verify it again\n";
      return kNotWritten;
    }
  }
  const int shown = session.Show(response, [&] { return VerifyText(response); });
  if (shown != kOk) return shown;
  if (response.refused()) return kRefused;
  return response.has_acknowledgement() ? kOk : kUndecided;
}

}  // namespace

void AddNotificationCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* notification = app.add_subcommand("notification", "what upstreams post to a merchant");
  notification->require_subcommand(1);
  auto options = std::make_shared<VerifyOptions>();

  CLI::App* verify = notification->add_subcommand(
      "verify",
      "believe a notification or refuse it, and get the acknowledgement to return\n"
      "Example: cardvault notification verify --route praxis-eu --body notification.json "
      "--ack-file answer.json");
  verify->footer(
      "Exit codes: 0 accepted: return the acknowledgement; 1 refused: answer with an HTTP error;\n"
      "5 not confirmed yet: answer with HTTP 503.");
  verify->add_option("--route", *options->request.mutable_route(), "through which the payment went")
      ->required();
  verify->add_option("--body", options->body_path, "file with the raw body as it came; - : stdin")
      ->required();
  verify->add_option("--header", options->headers, "'Name: value'; repeat it for each")
      ->allow_extra_args(false);
  verify->add_option("--path", *options->request.mutable_path(), "where it was posted");
  verify->add_option("--host", *options->request.mutable_host(), "where it was posted");
  verify->add_option("--ack-file", options->ack_path, "write the acknowledgement's body there");
  verify->callback([&session, &exit_code, options] { exit_code = Verify(session, *options); });
}

}  // namespace cardvault::cli
