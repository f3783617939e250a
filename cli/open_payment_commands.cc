#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/protected_call.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using admin::v1::SystemService;

constexpr int kPageSize = 500;  // the most that the server puts into one

struct OpenOptions {
  bool needs_review = false;
  int limit = 100;
  admin::v1::ResolvePaymentRequest resolve;
};

std::string Remarks(const admin::v1::OpenPayment& payment) {
  if (payment.conflict()) return payment.needs_review() ? "conflict, needs review" : "conflict";
  return payment.needs_review() ? "needs review" : "";
}

std::string OpenTable(const admin::v1::ListOpenPaymentsResponse& response) {
  Table table({"MERCHANT", "PAYMENT", "KIND", "STATE", "MINOR UNITS", "ROUTE", "REFERENCE",
               "UPSTREAM", "CREATED", "CHANGED", "AUDIT OBJECT", "REMARKS"});
  for (const admin::v1::OpenPayment& payment : response.payments()) {
    table.Add({payment.merchant(), payment.payment_id(),
               absl::StrReplaceAll(payment.kind(), {{"_", "-"}}), payment.state(),
               absl::StrCat(payment.amount(), " ", payment.currency()), payment.route(),
               payment.upstream_reference(), payment.raw_status(), TimeText(payment.create_time()),
               TimeText(payment.update_time()), payment.audit_reference(), Remarks(payment)});
  }
  return table.Text();
}

int List(Session& session, const OpenOptions& options) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  const auto stub = SystemService::NewStub(channel);
  admin::v1::ListOpenPaymentsResponse all;
  admin::v1::ListOpenPaymentsRequest request;
  request.set_needs_review(options.needs_review);
  do {
    request.set_page_size(std::min(options.limit - all.payments_size(), kPageSize));
    grpc::ClientContext context;
    session.Prepare(context);
    admin::v1::ListOpenPaymentsResponse page;
    const grpc::Status status = stub->ListOpenPayments(&context, request, &page);
    if (!status.ok()) return session.Refuse(status, context);
    request.set_page_token(page.next_page_token());
    all.mutable_payments()->MergeFrom(page.payments());
  } while (!request.page_token().empty() && all.payments_size() < options.limit);
  all.set_next_page_token(request.page_token());
  return session.Show(all, [&] {
    return absl::StrCat(OpenTable(all),
                        all.next_page_token().empty() ? "" : "there may be more: raise --limit\n");
  });
}

int Resolve(Session& session, OpenOptions& options) {
  return ProtectedCall<SystemService, admin::v1::ResolvePaymentRequest,
                       admin::v1::ResolvePaymentResponse>(
      session, options.resolve, &SystemService::Stub::ResolvePayment,
      &admin::v1::Proposal::mutable_resolve_payment,
      [](const admin::v1::ResolvePaymentResponse& response) {
        const admin::v1::OpenPayment& payment = response.payment();
        return absl::StrCat("payment ", payment.payment_id(), " of ", payment.merchant(), " is ",
                            payment.state(), ", by your word\naudit object ",
                            payment.audit_reference(), "\n");
      });
}

}  // namespace

void AddOpenPaymentVerbs(CLI::App& pay, Session& session, int& exit_code) {
  auto options = std::make_shared<OpenOptions>();

  CLI::App* open = pay.add_subcommand("open",
                                      "payments of every merchant that have no end yet; or those "
                                      "that a person must look at, which\n"
                                      "may have one and contradict it (operator)\n"
                                      "Example: cardvault pay open --needs-review");
  open->add_flag("--needs-review", options->needs_review, "those that a person must look at")
      ->disable_flag_override();
  AddNumber(open, "--limit", options->limit, kListLimits, "as many at most")->default_str("100");
  open->callback([&session, &exit_code, options] { exit_code = List(session, *options); });

  CLI::App* resolve = pay.add_subcommand(
      "resolve",
      "end a payment that needs review by your word, after the upstream was asked (operator)\n"
      "Example: cardvault pay resolve --merchant shop-1 --payment-id order-1 --state DECLINED");
  resolve->add_option("--merchant", *options->resolve.mutable_merchant(), "whose payment it is")
      ->required();
  resolve->add_option("--payment-id", *options->resolve.mutable_payment_id())->required();
  resolve
      ->add_option(
          "--state", *options->resolve.mutable_state(),
          "APPROVED, DECLINED, CANCELLED or NOT_RECEIVED; of one that has an end, that end")
      ->required();
  resolve->callback([&session, &exit_code, options] { exit_code = Resolve(session, *options); });
}

}  // namespace cardvault::cli
