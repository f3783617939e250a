#ifndef CARDVAULT_SANDBOX_PRAXIS_REQUEST_H_
#define CARDVAULT_SANDBOX_PRAXIS_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/field_checker.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

enum class PraxisKind { kSale, kPayout, kRefund };

// A card processing request of the Praxis 1.1 API, as far as the gateway acts on it. It holds card
// data and lives for one request.
struct PraxisCardRequest {
  PraxisKind kind = PraxisKind::kSale;
  std::string transaction_type;  // the wire word of `kind`
  std::string order_id;
  std::string pin;
  int64_t amount = 0;
  std::string currency;
  std::string card_number;
  std::string cvv;           // sale only
  std::string reference_id;  // refund only
};

// Checks every field of a card request against the document's types and limits and fills `request`.
// `payout_word` is the transaction_type of a payout. The fields of the envelope (merchant_id,
// timestamp, version, signature) are only tolerated here: the gateway has checked them.
//
// Returns the first problem, or nothing. Thread-safe.
std::optional<FieldProblem> ReadPraxisCardRequest(const JsonValue& message,
                                                  absl::string_view payout_word,
                                                  int64_t now_seconds, PraxisCardRequest& request);

// Checks a find-order or find-transaction request, whose one key field is `key_field` (`order_id`
// or `trace_id`), and sets `key`.
//
// Returns the first problem, or nothing. Thread-safe.
std::optional<FieldProblem> ReadPraxisLookup(const JsonValue& message, absl::string_view key_field,
                                             std::string& key);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS_REQUEST_H_
