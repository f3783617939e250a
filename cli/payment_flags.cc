#include "cli/payment_flags.h"

#include <initializer_list>
#include <limits>

#include "absl/strings/str_cat.h"
#include "cli/numbers.h"

namespace cardvault::cli {
namespace {

// The options that every kind has but those whose need differs from kind to kind.
void AddCommon(CLI::App* app, PaymentFlags& flags) {
  v1::Customer& customer = flags.customer;
  v1::PaymentUrls& urls = flags.urls;
  app->add_option("--payment-id", flags.payment_id, "yours; unique for ever")->required();
  AddNumber(app, "--amount", flags.amount,
            {1, std::numeric_limits<int64_t>::max(), "minor units: 1999 is 19.99 EUR"},
            "minor units: 1999 is 19.99 EUR, or 1999 JPY")
      ->required();
  app->add_option("--description", flags.description, "shown to the customer");
  app->add_option("--first-name", *customer.mutable_first_name());
  app->add_option("--last-name", *customer.mutable_last_name());
  app->add_option("--email", *customer.mutable_email());
  app->add_option("--phone", *customer.mutable_phone());
  app->add_option("--ip", *customer.mutable_ip_address());
  app->add_option("--birth-date", *customer.mutable_birth_date(), "YYYY-MM-DD");
  app->add_option("--address", *customer.mutable_address());
  app->add_option("--city", *customer.mutable_city());
  app->add_option("--country", *customer.mutable_country(), "two letters");
  app->add_option("--state", *customer.mutable_state(), "two letters, for US, CA and AU");
  app->add_option("--postal-code", *customer.mutable_postal_code());
  app->add_option("--notification-url", *urls.mutable_notification_url());
  app->add_option("--return-url", *urls.mutable_return_success_url());
  app->add_option("--decline-url", *urls.mutable_return_decline_url());
}

// Those by which money comes from a card or goes to one.
void AddCardOptions(CLI::App* app, PaymentFlags& flags, bool required) {
  app->add_option("--token", flags.token, "the card")->required(required);
  app->add_option("--route", flags.route, "the upstream, by its route's name")->required(required);
  app->add_option("--currency", flags.currency, "ISO 4217, upper case")->required(required);
}

void AddCustomerId(CLI::App* app, PaymentFlags& flags, bool required) {
  app->add_option("--customer", *flags.customer.mutable_id(), "your id of the customer")
      ->required(required);
}

void AddCvvId(CLI::App* app, PaymentFlags& flags) {
  app->add_option("--cvv-id", flags.cvv_id, "a deposit; default: the newest");
}

void AddOriginal(CLI::App* app, PaymentFlags& flags, bool required) {
  app->add_option("--original", flags.original, "payment id of the pay-in whose money goes back")
      ->required(required);
}

struct NamedText {
  const char* option;
  const std::string& text;
};

std::string FirstMissing(std::initializer_list<NamedText> texts) {
  for (const NamedText& named : texts) {
    if (named.text.empty()) return absl::StrCat(named.option, ": required for this kind");
  }
  return "";
}

std::string FirstGiven(std::initializer_list<NamedText> texts, const char* why) {
  for (const NamedText& named : texts) {
    if (!named.text.empty()) return absl::StrCat(named.option, ": ", why);
  }
  return "";
}

// What a pay-in and a pay-out have in common.
template <typename Request>
Request CardRequest(const PaymentFlags& flags) {
  Request request;
  request.set_token(flags.token);
  request.set_route(flags.route);
  request.set_payment_id(flags.payment_id);
  request.set_amount(flags.amount);
  request.set_currency(flags.currency);
  request.set_description(flags.description);
  *request.mutable_customer() = flags.customer;
  *request.mutable_urls() = flags.urls;
  return request;
}

}  // namespace

void AddPaymentFlags(CLI::App* app, v1::PaymentKind kind, PaymentFlags& flags) {
  const bool is_refund = kind == v1::PAYMENT_KIND_REFUND;
  if (is_refund) {
    AddOriginal(app, flags, /*required=*/true);
  } else {
    AddCardOptions(app, flags, /*required=*/true);
  }
  AddCustomerId(app, flags, /*required=*/!is_refund);
  if (kind == v1::PAYMENT_KIND_PAY_IN) AddCvvId(app, flags);
  AddCommon(app, flags);
}

void AddFlagsOfEveryKind(CLI::App* app, PaymentFlags& flags) {
  AddCardOptions(app, flags, /*required=*/false);
  AddCustomerId(app, flags, /*required=*/false);
  AddCvvId(app, flags);
  AddOriginal(app, flags, /*required=*/false);
  AddCommon(app, flags);
}

std::string FlagMistake(v1::PaymentKind kind, const PaymentFlags& flags) {
  if (kind == v1::PAYMENT_KIND_REFUND) {
    const std::string missing = FirstMissing({{"--original", flags.original}});
    if (!missing.empty()) return missing;
    return FirstGiven({{"--token", flags.token},
                       {"--route", flags.route},
                       {"--currency", flags.currency},
                       {"--cvv-id", flags.cvv_id}},
                      "a refund takes it from its original");
  }
  const std::string missing = FirstMissing({{"--token", flags.token},
                                            {"--route", flags.route},
                                            {"--currency", flags.currency},
                                            {"--customer", flags.customer.id()}});
  if (!missing.empty()) return missing;
  const std::string given = FirstGiven({{"--original", flags.original}}, "of refunds alone");
  if (!given.empty() || kind == v1::PAYMENT_KIND_PAY_IN) return given;
  return FirstGiven({{"--cvv-id", flags.cvv_id}}, "of pay-ins alone");
}

v1::PayInRequest PayInOf(const PaymentFlags& flags) {
  v1::PayInRequest request = CardRequest<v1::PayInRequest>(flags);
  request.set_cvv_id(flags.cvv_id);
  return request;
}

v1::PayOutRequest PayOutOf(const PaymentFlags& flags) {
  return CardRequest<v1::PayOutRequest>(flags);
}

v1::RefundRequest RefundOf(const PaymentFlags& flags) {
  v1::RefundRequest request;
  request.set_original_payment_id(flags.original);
  request.set_payment_id(flags.payment_id);
  request.set_amount(flags.amount);
  request.set_description(flags.description);
  *request.mutable_customer() = flags.customer;
  *request.mutable_urls() = flags.urls;
  return request;
}

}  // namespace cardvault::cli
