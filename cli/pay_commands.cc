#include <iostream>
#include <memory>
#include <string>

#include "cardvault/v1/payment_service.grpc.pb.h"
#include "cli/commands.h"
#include "cli/payment_exit.h"
#include "cli/payment_flags.h"
#include "cli/payment_text.h"

namespace cardvault::cli {
namespace {

using v1::PaymentService;

constexpr char kExitCodes[] =
    "Exit codes: 0 APPROVED, AUTHORIZED, REDIRECT_REQUIRED or PENDING; 3 DECLINED, REJECTED,\n"
    "CANCELLED or NOT_RECEIVED; 4 NOT_SENT; 5 IN_DOUBT, or the outcome is not known.";

// Sends a payment as the identity of `role`. Its repeat is not free: what cannot be known after a
// broken connection is told apart from what was refused.
template <typename Request, typename Response>
int Send(Session& session, const char* role, const Request& request,
         grpc::Status (PaymentService::Stub::*call)(grpc::ClientContext*, const Request&,
                                                    Response*)) {
  const auto channel = session.Connect(role, /*admin=*/false);
  if (channel == nullptr) return kUsage;
  if (!session.Reach(*channel)) return kRefused;
  grpc::ClientContext context;
  session.Prepare(context);
  Response response;
  const auto stub = PaymentService::NewStub(channel);
  const grpc::Status status = ((*stub).*call)(&context, request, &response);
  if (Session::OutcomeUnknown(status, context)) {
    std::cerr << "not known: the payment is on its way, or no answer came after the call was "
                 "started. Repeat with the same ids, or look with `cardvault pay show PAYMENT-ID`; "
                 "never pay again under another id\n";
    return kUndecided;
  }
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(response, [&] { return PaymentText(response.payment()); });
  return shown == kOk ? PaymentExitCode(response.payment().state()) : shown;
}

CLI::App* AddVerb(CLI::App& pay, const char* name, const char* help, v1::PaymentKind kind,
                  PaymentFlags& flags) {
  CLI::App* verb = pay.add_subcommand(name, help);
  verb->footer(kExitCodes);
  AddPaymentFlags(verb, kind, flags);
  return verb;
}

}  // namespace

void AddPayCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* pay = app.add_subcommand("pay", "payments with stored cards");
  pay->require_subcommand(1);
  auto flags = std::make_shared<PaymentFlags>();

  AddVerb(*pay, "in",
          "charge a card\n"
          "Example: cardvault pay in --token tok_test_... --route h2h-eu --payment-id order-1 "
          "--amount 1999 --currency EUR --customer c-1",
          v1::PAYMENT_KIND_PAY_IN, *flags)
      ->callback([&session, &exit_code, flags] {
        exit_code = Send(session, "pay-in", PayInOf(*flags), &PaymentService::Stub::PayIn);
      });
  AddVerb(*pay, "out",
          "pay money out to a card\n"
          "Example: cardvault pay out --token tok_test_... --route h2h-eu --payment-id win-1 "
          "--amount 5000 --currency EUR --customer c-1",
          v1::PAYMENT_KIND_PAY_OUT, *flags)
      ->callback([&session, &exit_code, flags] {
        exit_code = Send(session, "pay-out", PayOutOf(*flags), &PaymentService::Stub::PayOut);
      });
  AddVerb(*pay, "refund",
          "give money of an approved pay-in back; card, route and currency are the pay-in's\n"
          "Example: cardvault pay refund --original order-1 --payment-id order-1-back "
          "--amount 500 --customer c-1",
          v1::PAYMENT_KIND_REFUND, *flags)
      ->callback([&session, &exit_code, flags] {
        exit_code = Send(session, "refund", RefundOf(*flags), &PaymentService::Stub::Refund);
      });
  AddPayLookVerbs(*pay, session, exit_code);
  AddDryRunVerb(*pay, session, exit_code);
  AddOpenPaymentVerbs(*pay, session, exit_code);
}

}  // namespace cardvault::cli
