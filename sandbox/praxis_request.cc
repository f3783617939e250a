#include "sandbox/praxis_request.h"

#include <limits>

#include "sandbox/iso_codes.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {
namespace {

// The document's limits, in characters. It limits `requester_ip` to 10, which cannot hold an IPv4
// address; that limit is not applied.
constexpr size_t kCurrencyMax = 10;
constexpr size_t kCardNumberMax = 19;
constexpr size_t kCvvMax = 4;
constexpr size_t kCardExpiryMax = 8;
constexpr size_t kPinMax = 50;
constexpr size_t kEmailMax = 50;
constexpr size_t kAddressMax = 50;
constexpr size_t kCityMax = 50;
constexpr size_t kNameMax = 25;
constexpr size_t kStateMax = 2;
constexpr size_t kZipMax = 12;
constexpr size_t kUrlMax = 256;
constexpr size_t kOrderIdMax = 50;
constexpr size_t kTransactionTypeMax = 8;
constexpr size_t kReferenceIdMax = 50;
constexpr size_t kNoLimit = 0;

bool IsStateCode(absl::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

bool IsSafeOrderId(absl::string_view text) { return IsIdText(text) && !HoldsCardNumber(text); }

void IgnoreEnvelope(FieldChecker& fields) {
  for (absl::string_view name : {"merchant_id", "frontend", "timestamp", "version", "signature"}) {
    fields.Ignore(name);
  }
}

void ReadKind(FieldChecker& fields, absl::string_view payout_word, PraxisCardRequest& request) {
  const absl::string_view word =
      fields.String("transaction_type", Presence::kRequired, kTransactionTypeMax);
  request.transaction_type = std::string(word);
  if (word == "sale") {
    request.kind = PraxisKind::kSale;
  } else if (word == payout_word) {
    request.kind = PraxisKind::kPayout;
  } else if (word == "refund") {
    request.kind = PraxisKind::kRefund;
  } else {
    fields.Reject("transaction_type", "unknown word");
  }
}

void ReadCard(FieldChecker& fields, int64_t now_seconds, PraxisCardRequest& request) {
  request.card_number =
      std::string(fields.String("card_number", Presence::kRequired, kCardNumberMax, IsCardNumber,
                                "must be 12 to 19 digits with a right check digit"));
  const absl::string_view expiry = fields.String("card_exp", Presence::kRequired, kCardExpiryMax);
  int month = 0;
  int year = 0;
  if (!ParseCardExpiry(expiry, month, year)) {
    fields.Reject("card_exp", "must be MM/YYYY");
  } else if (request.kind == PraxisKind::kSale && IsExpired(month, year, now_seconds)) {
    fields.Reject("card_exp", "the card has expired");
  }
  if (request.kind == PraxisKind::kSale) {
    request.cvv = std::string(
        fields.String("cvv", Presence::kRequired, kCvvMax, IsCvv, "must be 3 or 4 digits"));
  } else {
    fields.Absent("cvv", "only a sale may carry it");
  }
}

void ReadPerson(FieldChecker& fields) {
  fields.String("first_name", Presence::kRequired, kNameMax);
  fields.String("last_name", Presence::kRequired, kNameMax);
  fields.String("email", Presence::kOptional, kEmailMax, IsEmail, "must be an e-mail address");
  fields.String("phone", Presence::kOptional, kNoLimit, IsPhoneNumber,
                "must be 6 digits or more and no dummy sequence");
  fields.String("dob", Presence::kOptional, 10, IsDate, "must be MM/DD/YYYY");
  fields.String("requester_ip", Presence::kOptional, kNoLimit, IsIpAddress,
                "must be an IP address");
}

void ReadAddress(FieldChecker& fields, const JsonValue& message) {
  const absl::string_view country =
      fields.String("country", Presence::kRequired, 2, IsCountryCode, "must be ISO 3166-1 alpha-2");
  fields.String("address", Presence::kOptional, kAddressMax);
  fields.String("city", Presence::kOptional, kCityMax);
  if (country == "US" || country == "CA" || country == "AU") {
    fields.String("state", Presence::kOptional, kStateMax, IsStateCode, "must be two letters");
  } else {
    fields.Absent("state", "only for US, CA and AU");
  }
  const bool needs_zip = country == "US" || country == "CA";
  if (needs_zip && message.Find("zip") == nullptr) {
    fields.Reject("zip", "required for US and CA");
  }
  fields.String("zip", needs_zip ? Presence::kRequired : Presence::kOptional, kZipMax, IsZip,
                "must be letters and digits");
}

bool IsReference(const JsonValue& value) {
  return (value.is_string() || value.is_number()) && !value.text().empty() &&
         value.text().size() <= kReferenceIdMax && IsIdText(value.text());
}

// trace ids came as JSON integers, so both spellings of one are taken.
std::string ReadReference(FieldChecker& fields, const JsonValue& message, absl::string_view name) {
  fields.Ignore(name);
  const JsonValue* value = message.Find(name);
  if (value == nullptr || value->kind() == JsonValue::Kind::kNull) {
    fields.Reject(name, "required");
  } else if (!IsReference(*value)) {
    fields.Reject(name, "must be an id of at most 50 characters");
  } else {
    return value->text();
  }
  return "";
}

}  // namespace

std::optional<FieldProblem> ReadPraxisCardRequest(const JsonValue& message,
                                                  absl::string_view payout_word,
                                                  int64_t now_seconds, PraxisCardRequest& request) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  IgnoreEnvelope(fields);
  ReadKind(fields, payout_word, request);
  request.order_id = std::string(fields.String("order_id", Presence::kRequired, kOrderIdMax,
                                               IsSafeOrderId, "must be an id without card number"));
  request.pin = std::string(fields.String("pin", Presence::kRequired, kPinMax));
  request.amount =
      fields.Integer("amount", Presence::kRequired, 1, std::numeric_limits<int64_t>::max())
          .value_or(0);
  request.currency = std::string(fields.String("currency", Presence::kRequired, kCurrencyMax,
                                               IsCurrencyCode, "unknown currency"));
  ReadCard(fields, now_seconds, request);
  ReadPerson(fields);
  ReadAddress(fields, message);
  fields.String("return_url", Presence::kRequired, kUrlMax, IsUrl, "must be a URL");
  fields.String("notification_url", Presence::kOptional, kUrlMax, IsUrl, "must be a URL");
  fields.String("error_code", Presence::kOptional, kNoLimit);
  fields.String("error_details", Presence::kOptional, kNoLimit);
  if (request.kind == PraxisKind::kRefund) {
    request.reference_id = ReadReference(fields, message, "reference_id");
  } else {
    fields.Absent("reference_id", "only a refund may carry it");
  }
  fields.RefuseUnknownMembers();
  return problem;
}

std::optional<FieldProblem> ReadPraxisLookup(const JsonValue& message, absl::string_view key_field,
                                             std::string& key) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  IgnoreEnvelope(fields);
  key = ReadReference(fields, message, key_field);
  fields.RefuseUnknownMembers();
  return problem;
}

}  // namespace cardvault::sandbox
