#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/json_text.h"
#include "cli/payment_flags.h"

namespace cardvault::cli {
namespace {

using v1::PaymentService;

struct DryRunOptions {
  PaymentFlags flags;
  std::string kind = "pay-in";
};

// UNSPECIFIED for another word.
v1::PaymentKind KindOf(const std::string& word) {
  if (word == "pay-in") return v1::PAYMENT_KIND_PAY_IN;
  if (word == "pay-out") return v1::PAYMENT_KIND_PAY_OUT;
  if (word == "refund") return v1::PAYMENT_KIND_REFUND;
  return v1::PAYMENT_KIND_UNSPECIFIED;
}

std::string DryRunText(const v1::DryRunResponse& response) {
  std::string text;
  if (!response.url().empty()) {
    absl::StrAppend(&text, "POST ", response.url(), "\n");
    for (const v1::HttpHeader& header : response.headers()) {
      absl::StrAppend(&text, header.name(), ": ", header.value(), "\n");
    }
    absl::StrAppend(&text, "\n", PrettyJson(response.body()), "\n\n");
  }
  for (const v1::DryRunFault& fault : response.faults()) {
    absl::StrAppend(&text, "fault: ", fault.field().empty() ? "" : fault.field() + ": ",
                    fault.text(), " (", fault.reason(), ")\n");
  }
  absl::StrAppend(&text, response.faults().empty() ? "would be sent\n" : "would be refused\n");
  return text;
}

int DryRun(Session& session, const DryRunOptions& options) {
  const v1::PaymentKind kind = KindOf(options.kind);
  if (kind == v1::PAYMENT_KIND_UNSPECIFIED) {
    return Session::Misused("--kind is pay-in, pay-out or refund");
  }
  if (const std::string mistake = FlagMistake(kind, options.flags); !mistake.empty()) {
    return Session::Misused(mistake);
  }
  v1::DryRunRequest request;
  if (kind == v1::PAYMENT_KIND_PAY_IN) *request.mutable_pay_in() = PayInOf(options.flags);
  if (kind == v1::PAYMENT_KIND_PAY_OUT) *request.mutable_pay_out() = PayOutOf(options.flags);
  if (kind == v1::PAYMENT_KIND_REFUND) *request.mutable_refund() = RefundOf(options.flags);
  const auto channel = session.ConnectToPay();
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  v1::DryRunResponse response;
  const grpc::Status status =
      PaymentService::NewStub(channel)->DryRun(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(response, [&] { return DryRunText(response); });
  if (shown != kOk) return shown;
  return response.faults().empty() ? kOk : kRefused;
}

}  // namespace

void AddDryRunVerb(CLI::App& pay, Session& session, int& exit_code) {
  auto options = std::make_shared<DryRunOptions>();
  CLI::App* verb = pay.add_subcommand(
      "dry-run",
      "show what a payment would send, and every reason for which it would be refused; the card\n"
      "is not opened, nothing is sent\n"
      "Example: cardvault pay dry-run --kind pay-out --token tok_test_... --route h2h-eu "
      "--payment-id win-1 --amount 5000 --currency EUR --customer c-1");
  verb->footer("Exit codes: 0 it would be sent, 1 it would be refused.");
  verb->add_option("--kind", options->kind, "pay-in, pay-out or refund")->capture_default_str();
  AddFlagsOfEveryKind(verb, options->flags);
  verb->callback([&session, &exit_code, options] { exit_code = DryRun(session, *options); });
}

}  // namespace cardvault::cli
