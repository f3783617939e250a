#include "forwarder/praxis/praxis13_settings.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "forwarder/praxis/praxis13_answer.h"
#include "forwarder/praxis/praxis_settings.h"
#include "forwarder/route_rules.h"

namespace cardvault {
namespace {

// The vendor names no limits; these keep a message from growing without end.
constexpr size_t kMaxApplicationKeySize = 256;
constexpr size_t kMaxGatewaySize = 256;
constexpr size_t kMaxLocaleSize = 35;  // RFC 5646 asks for that much
constexpr size_t kMaxMemberNameSize = 50;
constexpr size_t kMaxListedValues = 32;  // the longest public list has 12
constexpr size_t kMaxValuePathSize = 100;

bool IsName(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
}

const char* CheckMemberName(absl::string_view text) {
  return IsName(text) ? nullptr : "a member's name has letters, digits, _ and - alone";
}

const char* CheckValuePath(absl::string_view text) {
  const std::vector<absl::string_view> names = absl::StrSplit(text, '.');
  if (std::all_of(names.begin(), names.end(), IsName)) return nullptr;
  return "this must be a member's name, or names with a dot between: transaction.tid";
}

const char* CheckRefundValue(absl::string_view text) {
  const auto* const end = std::end(kPraxis13RefundMembers);
  if (std::find(std::begin(kPraxis13RefundMembers), end, text) != end) return nullptr;
  return "the body of a refund has no such member";
}

const char* CheckLocale(absl::string_view text) {
  return IsName(text) ? nullptr : "this must be a language tag, such as en-GB";
}

Praxis13Settings::CardFields ReadCardFields(RouteSection section) {
  Praxis13Settings::CardFields fields;
  fields.number = section.Text("number", "card_number", kMaxMemberNameSize, CheckMemberName);
  fields.expiry = section.Text("expiry", "exp", kMaxMemberNameSize, CheckMemberName);
  fields.cvv = section.Text("cvv", "cvv", kMaxMemberNameSize, CheckMemberName);
  if (fields.number == fields.expiry || fields.number == fields.cvv ||
      fields.expiry == fields.cvv) {
    section.AddMistake("", "number, expiry and cvv need three different names");
  }
  section.RefuseUnknownKeys();
  return fields;
}

std::vector<std::string> ReadRequiredValues(const char* key, RouteSection::TextRule rule,
                                            RouteSection& section) {
  return section.RequiredTexts(key, kMaxListedValues, kMaxValuePathSize, rule);
}

std::vector<std::string> ReadValues(const char* key, RouteSection::TextRule rule,
                                    RouteSection& section) {
  if (!section.Has(key)) return {};
  return ReadRequiredValues(key, rule, section);
}

// What a list of an answer's values proves is believed: how a payment stands, and which.
void CheckProof(const char* key, const std::vector<std::string>& values, RouteSection& section) {
  if (values.empty()) return;  // absent, or a mistake by now
  const auto has = [&](absl::string_view path) {
    return std::find(values.begin(), values.end(), path) != values.end();
  };
  if (has(kPraxis13Members.transaction_status) &&
      (has(kPraxis13Members.order_id) || has(kPraxis13Members.trace_id))) {
    return;
  }
  section.AddMistake(key,
                     "the list must name transaction.transaction_status, and session.order_id or "
                     "transaction.tid: what is not signed is not proved");
}

}  // namespace

std::shared_ptr<const Praxis13Settings> Praxis13Settings::Parse(RouteSection& section) {
  auto settings = std::make_shared<Praxis13Settings>();
  settings->merchant_id = section.RequiredText("merchant_id", kMaxPraxisMerchantIdSize);
  settings->application_key = section.RequiredText("application_key", kMaxApplicationKeySize);
  settings->gateway = section.RequiredText("gateway", kMaxGatewaySize);
  settings->locale = section.Text("locale", "en-GB", kMaxLocaleSize, CheckLocale);
  settings->card_fields = ReadCardFields(section.Section("card_fields", RouteSection::kOptional));
  RouteSection paths = section.Section("paths", RouteSection::kOptional);
  settings->direct_process_path =
      paths.Text("direct_process", "/api/direct-process", kMaxPraxisPathSize, CheckPath);
  settings->refund_path = paths.Text("refund", "/direct/refund", kMaxPraxisPathSize, CheckPath);
  settings->find_order_path =
      paths.Text("find_order", "/agent/find-order", kMaxPraxisPathSize, CheckPath);
  paths.RefuseUnknownKeys();
  settings->not_found_description =
      section.Text("not_found_description", "", kMaxPraxisSentenceSize);
  settings->answer_values = ReadValues("answer_values", CheckValuePath, section);
  settings->find_order_values = ReadRequiredValues("find_order_values", CheckValuePath, section);
  settings->refund_values = ReadValues("refund_values", CheckRefundValue, section);
  settings->refund_answer_values = ReadValues("refund_answer_values", CheckValuePath, section);
  CheckProof("answer_values", settings->answer_values, section);
  CheckProof("find_order_values", settings->find_order_values, section);
  CheckProof("refund_answer_values", settings->refund_answer_values, section);
  if (section.Has("refund_answer_values") && !section.Has("refund_values")) {
    section.AddMistake("refund_answer_values", "without refund_values this route has no refunds");
  }
  return settings;
}

}  // namespace cardvault
