#include "sandbox/praxis13_request.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "sandbox/iso_codes.h"
#include "sandbox/praxis13_cipher.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {
namespace {

// In characters.
constexpr size_t kTransactionTypeMax = 16;
constexpr size_t kIdMax = 50;
constexpr size_t kCurrencyMax = 3;
constexpr size_t kUrlMax = 256;
constexpr size_t kLocaleMax = 10;
constexpr size_t kGatewayMax = 256;
constexpr size_t kEncryptedMax = 256;
constexpr size_t kNameMax = 25;
constexpr size_t kEmailMax = 50;
constexpr size_t kAddressMax = 50;
constexpr size_t kZipMax = 12;
constexpr size_t kStateMax = 2;
constexpr size_t kIntentMax = 32;
constexpr size_t kNoLimit = 0;

bool IsSafeOrderId(absl::string_view text) { return IsIdText(text) && !HoldsCardNumber(text); }

void IgnoreEnvelope(FieldChecker& fields) {
  for (absl::string_view name : {"merchant_id", "application_key", "timestamp", "version"}) {
    fields.Ignore(name);
  }
}

std::string ReadOrderId(FieldChecker& fields) {
  return std::string(fields.String("order_id", Presence::kRequired, kIdMax, IsSafeOrderId,
                                   "must be an id without card number"));
}

void ReadPayment(FieldChecker& fields, Praxis13PaymentRequest& request) {
  request.transaction_type =
      std::string(fields.String("transaction_type", Presence::kRequired, kTransactionTypeMax));
  request.order_id = ReadOrderId(fields);
  request.cid = std::string(fields.String("cid", Presence::kRequired, kIdMax));
  request.amount =
      fields.Integer("amount", Presence::kRequired, 1, std::numeric_limits<int64_t>::max())
          .value_or(0);
  request.currency = std::string(fields.String("currency", Presence::kRequired, kCurrencyMax,
                                               IsCurrencyCode, "unknown currency"));
  fields.String("locale", Presence::kRequired, kLocaleMax);
}

// One member of card_data in clear. The gateway knows the timestamp for a number.
std::string Decrypted(FieldChecker& card, absl::string_view name, const JsonValue& message,
                      const Praxis13Credentials& credentials) {
  const absl::string_view encrypted = card.String(name, Presence::kRequired, kEncryptedMax);
  const auto clear = DecryptPraxis13Field(encrypted, credentials.merchant_secret,
                                          message.Find("timestamp")->text());
  if (!clear) card.Reject(name, "cannot be decrypted");
  return clear.value_or("");
}

void ReadCard(FieldChecker& fields, const JsonValue& message,
              const Praxis13Credentials& credentials, int64_t now_seconds,
              Praxis13PaymentRequest& request) {
  const bool is_payout = request.transaction_type == "payout";
  FieldChecker card(fields, "card_data");
  request.card_number = Decrypted(card, "card_number", message, credentials);
  if (!IsCardNumber(request.card_number)) {
    card.Reject("card_number", "must be 12 to 19 digits with a right check digit");
  }
  int month = 0;
  int year = 0;
  if (!ParseCardExpiry(Decrypted(card, "exp", message, credentials), month, year)) {
    card.Reject("exp", "must be MM/YYYY");
  } else if (!is_payout && IsExpired(month, year, now_seconds)) {
    card.Reject("exp", "the card has expired");
  }
  if (is_payout) {
    card.Absent("cvv", "a payout may not carry it");
  } else {
    request.cvv = Decrypted(card, "cvv", message, credentials);
    if (!IsCvv(request.cvv)) card.Reject("cvv", "must be 3 or 4 digits");
  }
  card.RefuseUnknownMembers();
}

void ReadCustomer(FieldChecker& fields) {
  FieldChecker customer(fields, "customer_data");
  customer.String("country", Presence::kRequired, 2, IsCountryCode, "must be ISO 3166-1 alpha-2");
  customer.String("first_name", Presence::kRequired, kNameMax);
  customer.String("last_name", Presence::kRequired, kNameMax);
  customer.String("email", Presence::kOptional, kEmailMax, IsEmail, "must be an e-mail address");
  customer.String("dob", Presence::kOptional, 10, IsDate, "must be MM/DD/YYYY");
  customer.String("phone", Presence::kOptional, kNoLimit, IsPhoneNumber,
                  "must be 6 digits or more and no dummy sequence");
  customer.String("zip", Presence::kOptional, kZipMax, IsZip, "must be letters and digits");
  customer.String("state", Presence::kOptional, kStateMax);
  customer.String("city", Presence::kOptional, kAddressMax);
  customer.String("address", Presence::kOptional, kAddressMax);
  customer.RefuseUnknownMembers();
}

// Its further members are not public, so unknown ones are no mistake.
void ReadDevice(FieldChecker& fields, const JsonValue& message) {
  fields.Ignore("device_data");
  const JsonValue* sent = message.Find("device_data");
  if (sent == nullptr || sent->kind() == JsonValue::Kind::kNull) return;
  FieldChecker device(fields, "device_data");
  device.String("user_agent", Presence::kOptional, kNoLimit);
  device.String("ip_address", Presence::kOptional, kNoLimit, IsIpAddress, "must be an IP address");
}

}  // namespace

std::optional<FieldProblem> ReadPraxis13CardRequest(const JsonValue& message,
                                                    const Praxis13Credentials& credentials,
                                                    int64_t now_seconds,
                                                    Praxis13PaymentRequest& request) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  IgnoreEnvelope(fields);
  ReadPayment(fields, request);
  if (request.transaction_type != "sale" && request.transaction_type != "authorization" &&
      request.transaction_type != "payout") {
    fields.Reject("transaction_type", "unknown word");
  }
  if (fields.String("gateway", Presence::kRequired, kGatewayMax) != credentials.gateway) {
    fields.Reject("gateway", "unknown");
  }
  fields.String("return_url", Presence::kRequired, kUrlMax, IsUrl, "must be a URL");
  fields.String("notification_url", Presence::kOptional, kUrlMax, IsUrl, "must be a URL");
  ReadCard(fields, message, credentials, now_seconds, request);
  ReadCustomer(fields);
  ReadDevice(fields, message);
  fields.RefuseUnknownMembers();
  return problem;
}

std::optional<FieldProblem> ReadPraxis13Refund(const JsonValue& message,
                                               Praxis13PaymentRequest& request) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  IgnoreEnvelope(fields);
  ReadPayment(fields, request);
  if (request.transaction_type != "refund") fields.Reject("transaction_type", "must be refund");
  const auto reference =
      fields.Integer("reference_id", Presence::kRequired, 1, std::numeric_limits<int64_t>::max());
  request.reference_id = absl::StrCat(reference.value_or(0));
  fields.RefuseUnknownMembers();
  return problem;
}

std::optional<FieldProblem> ReadPraxis13FindOrder(const JsonValue& message, std::string& order_id) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  IgnoreEnvelope(fields);
  order_id = ReadOrderId(fields);
  fields.RefuseUnknownMembers();
  return problem;
}

std::optional<FieldProblem> ReadPraxis13Manage(const JsonValue& message,
                                               Praxis13ManageRequest& request) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  IgnoreEnvelope(fields);
  request.intent = std::string(fields.String("intent", Presence::kRequired, kIntentMax));
  const auto tid =
      fields.Integer("tid", Presence::kRequired, 1, std::numeric_limits<int64_t>::max());
  request.tid = absl::StrCat(tid.value_or(0));
  fields.RefuseUnknownMembers();
  return problem;
}

}  // namespace cardvault::sandbox
