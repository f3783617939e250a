#include "sandbox/praxis13_signature.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

// By path: `transaction.tid` is the member tid of the member transaction.
std::vector<absl::string_view> FieldsOf(Praxis13Message kind) {
  switch (kind) {
    case Praxis13Message::kDirectCardRequest:
      return {"merchant_id", "application_key",  "timestamp",  "transaction_type",
              "cid",         "order_id",         "currency",   "amount",
              "gateway",     "notification_url", "return_url", "card_data.card_number"};
    case Praxis13Message::kRefundRequest:
      return {"merchant_id", "application_key", "timestamp", "transaction_type", "cid",
              "order_id",    "currency",        "amount",    "reference_id"};
    case Praxis13Message::kFindOrderRequest:
      return {"merchant_id", "application_key", "timestamp", "order_id"};
    case Praxis13Message::kManageRequest:
      return {"merchant_id", "application_key", "timestamp", "intent", "tid"};
    case Praxis13Message::kPaymentAnswer:
      return {"status",
              "timestamp",
              "transaction.tid",
              "transaction.transaction_status",
              "transaction.currency",
              "transaction.amount"};
    case Praxis13Message::kManageAnswer:
      return {"status",
              "timestamp",
              "transaction.tid",
              "transaction.transaction_status",
              "transaction.processed_currency",
              "transaction.processed_amount"};
    case Praxis13Message::kNotification:
      return {"merchant_id",
              "application_key",
              "timestamp",
              "customer.customer_token",
              "session.order_id",
              "transaction.tid",
              "transaction.currency",
              "transaction.amount",
              "transaction.conversion_rate",
              "transaction.processed_currency",
              "transaction.processed_amount"};
    case Praxis13Message::kAcknowledgement:
      return {"status", "timestamp"};
  }
  return {};
}

const JsonValue* FindByPath(const JsonValue& message, absl::string_view path) {
  const JsonValue* value = &message;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    value = value->Find(name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

}  // namespace

std::string SignPraxis13(Praxis13Message kind, const JsonValue& message,
                         absl::string_view merchant_secret) {
  std::string signed_text;
  for (absl::string_view path : FieldsOf(kind)) {
    const JsonValue* value = FindByPath(message, path);
    if (value != nullptr) absl::StrAppend(&signed_text, value->text());
  }
  return Sha384Hex(absl::StrCat(signed_text, merchant_secret));
}

bool VerifyPraxis13(Praxis13Message kind, const JsonValue& message,
                    absl::string_view merchant_secret, absl::string_view signature) {
  return EqualInConstantTime(signature, SignPraxis13(kind, message, merchant_secret));
}

}  // namespace cardvault::sandbox
