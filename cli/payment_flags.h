#ifndef CARDVAULT_CLI_PAYMENT_FLAGS_H_
#define CARDVAULT_CLI_PAYMENT_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "cardvault/v1/payment_service.pb.h"

namespace cardvault::cli {

// What the options of a payment say, of whichever kind. Not thread-safe.
struct PaymentFlags {
  std::string token;
  std::string cvv_id;
  std::string route;
  std::string payment_id;
  std::string original;
  std::string currency;
  std::string description;
  v1::Customer customer;
  v1::PaymentUrls urls;
  int64_t amount = 0;
};

// Adds the options of one kind of payment; `flags` outlives the app.
void AddPaymentFlags(CLI::App* app, v1::PaymentKind kind, PaymentFlags& flags);

// Adds those of all kinds, none of them required: FlagMistake says what a kind wants.
void AddFlagsOfEveryKind(CLI::App* app, PaymentFlags& flags);

// What is wrong with the options for a payment of this kind, or "": one is missing, or is of
// another kind. Names options, never what was typed.
std::string FlagMistake(v1::PaymentKind kind, const PaymentFlags& flags);

v1::PayInRequest PayInOf(const PaymentFlags& flags);
v1::PayOutRequest PayOutOf(const PaymentFlags& flags);
v1::RefundRequest RefundOf(const PaymentFlags& flags);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_PAYMENT_FLAGS_H_
