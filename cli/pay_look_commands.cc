#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/payment_text.h"

namespace cardvault::cli {
namespace {

using v1::PaymentService;

constexpr int kPageSize = 200;  // the most that the server puts into one

struct LookOptions {
  std::string payment_id;
  bool refresh = false;
  v1::ListPaymentsRequest filter;
  std::string state;
  std::string kind;
  int limit = 50;
};

int Show(Session& session, const LookOptions& options) {
  const auto channel = session.ConnectToPay();
  if (channel == nullptr) return kUsage;
  v1::GetPaymentRequest request;
  request.set_payment_id(options.payment_id);
  request.set_refresh(options.refresh);
  grpc::ClientContext context;
  session.Prepare(context);
  v1::GetPaymentResponse response;
  const grpc::Status status =
      PaymentService::NewStub(channel)->GetPayment(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] { return PaymentText(response.payment()); });
}

// The words of the filters as the API's; false when one is none.
bool ReadWords(LookOptions& options, std::string& mistake) {
  v1::PaymentState state = v1::PAYMENT_STATE_UNSPECIFIED;
  if (!options.state.empty() &&
      !v1::PaymentState_Parse(absl::StrCat("PAYMENT_STATE_", options.state), &state)) {
    mistake = "--state is a state as `pay show` has it, for example IN_DOUBT";
    return false;
  }
  options.filter.set_state(state);
  v1::PaymentKind kind = v1::PAYMENT_KIND_UNSPECIFIED;
  const std::string word = absl::AsciiStrToUpper(absl::StrReplaceAll(options.kind, {{"-", "_"}}));
  if (!options.kind.empty() && !v1::PaymentKind_Parse(absl::StrCat("PAYMENT_KIND_", word), &kind)) {
    mistake = "--kind is pay-in, pay-out or refund";
    return false;
  }
  options.filter.set_kind(kind);
  return true;
}

// Pages through by itself: people ask for a number of payments, not for a page.
int List(Session& session, LookOptions& options) {
  if (std::string mistake; !ReadWords(options, mistake)) return Session::Misused(mistake);
  const auto channel = session.ConnectToPay();
  if (channel == nullptr) return kUsage;
  const auto stub = PaymentService::NewStub(channel);
  v1::ListPaymentsResponse all;
  v1::ListPaymentsRequest request = options.filter;
  do {
    request.set_page_size(std::min(options.limit - all.payments_size(), kPageSize));
    grpc::ClientContext context;
    session.Prepare(context);
    v1::ListPaymentsResponse page;
    const grpc::Status status = stub->ListPayments(&context, request, &page);
    if (!status.ok()) return session.Refuse(status, context);
    request.set_page_token(page.next_page_token());
    all.mutable_payments()->MergeFrom(page.payments());
  } while (!request.page_token().empty() && all.payments_size() < options.limit);
  all.set_next_page_token(request.page_token());
  return session.Show(all, [&] {
    return absl::StrCat(
        PaymentTable(all.payments()),
        all.next_page_token().empty() ? "" : "there may be more: raise --limit, or filter\n");
  });
}

}  // namespace

void AddPayLookVerbs(CLI::App& pay, Session& session, int& exit_code) {
  auto options = std::make_shared<LookOptions>();

  CLI::App* show = pay.add_subcommand("show",
                                      "a payment from the ledger, with its timeline\n"
                                      "Example: cardvault pay show order-1 --refresh");
  show->add_option("payment-id", options->payment_id)->required();
  show->add_flag("--refresh", options->refresh, "ask the upstream first")->disable_flag_override();
  show->callback([&session, &exit_code, options] { exit_code = Show(session, *options); });

  CLI::App* list = pay.add_subcommand("list",
                                      "your payments, the newest first\n"
                                      "Example: cardvault pay list --state IN_DOUBT --limit 200");
  list->add_option("--state", options->state, "for example IN_DOUBT");
  list->add_option("--kind", options->kind, "pay-in, pay-out or refund");
  list->add_option("--route", *options->filter.mutable_route());
  list->add_option("--token", *options->filter.mutable_token(), "payments with this card");
  list->add_flag_callback(
          "--needs-review", [options] { options->filter.set_needs_review(true); },
          "those that a person must look at")
      ->disable_flag_override();
  AddNumber(list, "--limit", options->limit, kListLimits, "as many at most")->default_str("50");
  list->callback([&session, &exit_code, options] { exit_code = List(session, *options); });
}

}  // namespace cardvault::cli
