#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/payment_exit.h"
#include "cli/table.h"
#include "cli/words.h"

namespace cardvault::cli {
namespace {

using v1::PaymentService;

struct PayOptions {
  v1::PayInRequest request;
  int64_t amount = 0;
  std::string payment_id;
};

std::string Describe(const v1::Payment& payment) {
  std::string ids;
  for (const v1::UpstreamId& id : payment.upstream_ids()) {
    absl::StrAppend(&ids, ids.empty() ? "" : ", ", id.name(), " ", id.value());
  }
  std::string error = payment.error_code();
  if (!payment.error_text().empty()) {
    absl::StrAppend(&error, error.empty() ? "" : " ", payment.error_text());
  }
  std::string text =
      Details({{"payment", payment.payment_id()},
               {"state", EnumWord(payment.state(), "PAYMENT_STATE_")},
               {"action", EnumWord(payment.action(), "PAYMENT_ACTION_")},
               {"redirect to", payment.redirect_url()},
               {"amount", AmountText(payment.amount(), payment.currency())},
               {"settled", payment.has_settled_amount()
                               ? AmountText(payment.settled_amount(), payment.currency())
                               : ""},
               {"route", payment.route()},
               {"token", payment.token()},
               {"reference", payment.upstream_reference()},
               {"upstream ids", ids},
               {"upstream says", payment.raw_status()},
               {"error", error},
               {"processor", payment.processor()},
               {"conflict", payment.conflict() ? "yes: a person must look" : ""},
               {"needs review", payment.needs_review() ? "yes" : ""},
               {"attempt", absl::StrCat(payment.attempt())},
               {"created", TimeText(payment.create_time())},
               {"changed", TimeText(payment.update_time())},
               {"audit object", payment.audit_reference()}});
  Table timeline({"TIME", "SOURCE", "STATE", "UPSTREAM SAID", "APPLIED"});
  for (const v1::PaymentEvent& event : payment.timeline()) {
    timeline.Add({TimeText(event.time()), event.source(), EnumWord(event.state(), "PAYMENT_STATE_"),
                  event.raw_status(), event.applied() ? "yes" : "no"});
  }
  return absl::StrCat(text, "\n", timeline.Text());
}

int PayIn(Session& session, PayOptions& options) {
  const auto channel = session.Connect("pay-in", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  if (!session.Reach(*channel)) return kRefused;
  options.request.set_amount(options.amount);
  grpc::ClientContext context;
  session.Prepare(context);
  v1::PayInResponse response;
  const grpc::Status status =
      PaymentService::NewStub(channel)->PayIn(&context, options.request, &response);
  if (Session::OutcomeUnknown(status, context)) {
    std::cerr << "not known: the connection broke, or no answer came in time, after the call was "
                 "started. The outcome is not known: repeat with the same ids, or look with "
                 "`cardvault pay show PAYMENT-ID`; never pay again under another id\n";
    return kUndecided;
  }
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(response, [&] { return Describe(response.payment()); });
  return shown == kOk ? PaymentExitCode(response.payment().state()) : shown;
}

int Show(Session& session, PayOptions& options) {
  const auto channel = session.Connect("pay-in", /*admin=*/false);
  if (channel == nullptr) return kUsage;
  v1::GetPaymentRequest request;
  request.set_payment_id(options.payment_id);
  grpc::ClientContext context;
  session.Prepare(context);
  v1::GetPaymentResponse response;
  const grpc::Status status =
      PaymentService::NewStub(channel)->GetPayment(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return session.Show(response, [&] { return Describe(response.payment()); });
}

}  // namespace

void AddPayCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* pay = app.add_subcommand("pay", "payments with stored cards");
  pay->require_subcommand(1);
  auto options = std::make_shared<PayOptions>();

  CLI::App* in = pay->add_subcommand(
      "in",
      "charge a card\n"
      "Example: cardvault pay in --token tok_test_... --route h2h-eu --payment-id order-1 "
      "--amount 1999 --currency EUR --customer c-1\n"
      "Exit codes: 0 APPROVED, AUTHORIZED, REDIRECT_REQUIRED or PENDING; 3 DECLINED, REJECTED,\n"
      "CANCELLED or NOT_RECEIVED; 4 NOT_SENT; 5 IN_DOUBT, or the outcome is not known.");
  v1::PayInRequest& request = options->request;
  v1::Customer& customer = *request.mutable_customer();
  v1::PaymentUrls& urls = *request.mutable_urls();
  in->add_option("--token", *request.mutable_token(), "the card")->required();
  in->add_option("--route", *request.mutable_route(), "the upstream, by its route's name")
      ->required();
  in->add_option("--payment-id", *request.mutable_payment_id(), "yours; unique for ever")
      ->required();
  AddNumber(in, "--amount", options->amount,
            {1, std::numeric_limits<int64_t>::max(), "minor units: 1999 is 19.99 EUR"},
            "minor units: 1999 is 19.99 EUR, or 1999 JPY")
      ->required();
  in->add_option("--currency", *request.mutable_currency(), "ISO 4217, upper case")->required();
  in->add_option("--customer", *customer.mutable_id(), "your id of the customer")->required();
  in->add_option("--cvv-id", *request.mutable_cvv_id(), "a deposit; default: the newest");
  in->add_option("--description", *request.mutable_description(), "shown to the customer");
  in->add_option("--first-name", *customer.mutable_first_name());
  in->add_option("--last-name", *customer.mutable_last_name());
  in->add_option("--email", *customer.mutable_email());
  in->add_option("--phone", *customer.mutable_phone());
  in->add_option("--ip", *customer.mutable_ip_address());
  in->add_option("--birth-date", *customer.mutable_birth_date(), "YYYY-MM-DD");
  in->add_option("--address", *customer.mutable_address());
  in->add_option("--city", *customer.mutable_city());
  in->add_option("--country", *customer.mutable_country(), "two letters");
  in->add_option("--state", *customer.mutable_state(), "two letters, for US, CA and AU");
  in->add_option("--postal-code", *customer.mutable_postal_code());
  in->add_option("--notification-url", *urls.mutable_notification_url());
  in->add_option("--return-url", *urls.mutable_return_success_url());
  in->add_option("--decline-url", *urls.mutable_return_decline_url());
  in->callback([&session, &exit_code, options] { exit_code = PayIn(session, *options); });

  CLI::App* show =
      pay->add_subcommand("show", "a payment from the ledger\nExample: cardvault pay show order-1");
  show->add_option("payment-id", options->payment_id)->required();
  show->callback([&session, &exit_code, options] { exit_code = Show(session, *options); });
}

}  // namespace cardvault::cli
