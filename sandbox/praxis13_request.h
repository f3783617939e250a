#ifndef CARDVAULT_SANDBOX_PRAXIS13_REQUEST_H_
#define CARDVAULT_SANDBOX_PRAXIS13_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/credentials.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

// A payment request of the Praxis 1.3 API, as far as the gateway acts on it. It holds card data and
// lives for one request.
struct Praxis13PaymentRequest {
  std::string transaction_type;
  std::string order_id;
  std::string cid;
  int64_t amount = 0;
  std::string currency;
  std::string card_number;   // direct card only, in clear
  std::string cvv;           // sale and authorization only, in clear
  std::string reference_id;  // refund only
};

// A request to do something with a transaction that exists.
struct Praxis13ManageRequest {
  std::string intent;
  std::string tid;
};

// Each checks every field of a request against types and limits (the document's of 1.1, where 1.3
// names none) and fills its output. The fields of the envelope (merchant_id, application_key,
// version, timestamp) are only tolerated here: the gateway has checked them.
//
// Each returns the first problem, or nothing. Thread-safe.

// Decrypts the card data with the account's secret and the message's timestamp.
std::optional<FieldProblem> ReadPraxis13CardRequest(const JsonValue& message,
                                                    const Praxis13Credentials& credentials,
                                                    int64_t now_seconds,
                                                    Praxis13PaymentRequest& request);

std::optional<FieldProblem> ReadPraxis13Refund(const JsonValue& message,
                                               Praxis13PaymentRequest& request);

std::optional<FieldProblem> ReadPraxis13FindOrder(const JsonValue& message, std::string& order_id);

std::optional<FieldProblem> ReadPraxis13Manage(const JsonValue& message,
                                               Praxis13ManageRequest& request);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS13_REQUEST_H_
