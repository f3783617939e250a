#ifndef CARDVAULT_FORWARDER_PAYMENT_REQUEST_H_
#define CARDVAULT_FORWARDER_PAYMENT_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/id.h"
#include "card/token.h"
#include "forwarder/ledger/payment_state.h"
#include "vault/call_context.h"

namespace cardvault {

// The paying person; every field but the id may be empty. Checked free text.
struct PayingCustomer {
  std::string id;
  std::string first_name;
  std::string last_name;
  std::string email;
  std::string phone;
  std::string ip_address;
  std::string birth_date;  // YYYY-MM-DD
  std::string address;
  std::string city;
  std::string country;  // ISO 3166-1 alpha-2
  std::string state;
  std::string postal_code;
};

struct PaymentUrls {
  std::string notification_url;
  std::string return_success_url;
  std::string return_decline_url;
};

// What a merchant asks for. Of a refund, token, route and currency are its original's.
struct PaymentRequest {
  CallContext call;
  Token token;
  std::string cvv_id;  // of a pay-in; "" : the newest that is held
  RouteName route;
  PaymentId payment_id;
  int64_t amount = 0;    // ISO 4217 minor units
  std::string currency;  // ISO 4217 alphabetic
  PayingCustomer customer;
  PaymentUrls urls;
  std::string description;
  std::string wanted_connector;  // from the request's `oneof`: "", "h2h", "praxis"
  PaymentKind kind = PaymentKind::kPayIn;
  // Of a refund: the pay-in whose money goes back.
  std::optional<PaymentId> original = std::nullopt;
};

// A refund names its original and never a token or a route.
struct RefundRequest {
  CallContext call;
  PaymentId original;
  PaymentId payment_id;
  int64_t amount = 0;  // ISO 4217 minor units of the original's currency
  PayingCustomer customer;
  PaymentUrls urls;
  std::string description;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_PAYMENT_REQUEST_H_
