#include "tokenizer/request_digest.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/length_prefix.h"
#include "tokenizer/fingerprint/fingerprinter.h"

namespace cardvault {
namespace {

// Collects "name, value" parts, then MACs them.
class FieldList {
 public:
  explicit FieldList(absl::string_view label) { parts_.emplace_back(label); }

  void Add(absl::string_view name, std::string value) {
    parts_.emplace_back(name);
    parts_.push_back(std::move(value));
  }
  void AddNumber(absl::string_view name, int64_t value) {
    Add(name, BigEndian64(static_cast<uint64_t>(value)));
  }
  // An absent value and an empty one differ.
  void AddOptional(absl::string_view name, const std::optional<std::string>& value) {
    Add(name, value.has_value() ? absl::StrCat("1", *value) : "0");
  }

  std::string Digest(const MacKey& mac) const {
    const std::vector<absl::string_view> views(parts_.begin(), parts_.end());
    return mac.Mac(views);
  }

 private:
  std::vector<std::string> parts_;
};

void AddExpiry(const Expiry& expiry, FieldList& fields) {
  fields.AddNumber("expiry_month", expiry.month());
  fields.AddNumber("expiry_year", expiry.year());
}

}  // namespace

std::string TokenizeDigest(const MacKey& mac, const TokenizeInput& input) {
  FieldList fields("cardvault tokenize digest v1");
  fields.Add("merchant", input.call.merchant.value());
  fields.Add("pan", Fingerprinter::RequestMac(mac, input.call.merchant, input.pan));
  AddExpiry(input.expiry, fields);
  fields.Add("cardholder_name", input.cardholder_name);
  fields.AddOptional("customer_id", input.customer.has_value()
                                        ? std::optional<std::string>(input.customer->value())
                                        : std::nullopt);
  fields.AddNumber("label_count", static_cast<int64_t>(input.labels.size()));
  for (const auto& [key, value] : input.labels) {
    fields.Add("label_key", key);
    fields.Add("label_value", value);
  }
  fields.AddOptional("retention_micros",
                     input.retention.has_value()
                         ? std::optional<std::string>(BigEndian64(
                               static_cast<uint64_t>(absl::ToInt64Microseconds(*input.retention))))
                         : std::nullopt);
  fields.AddNumber("single_use", input.single_use ? 1 : 0);
  fields.AddNumber("reuse", static_cast<int64_t>(input.reuse));
  return fields.Digest(mac);
}

std::string ReplacePanDigest(const MacKey& mac, const ReplacePanInput& input) {
  FieldList fields("cardvault replace_pan digest v1");
  fields.Add("merchant", input.call.merchant.value());
  fields.Add("token", input.token.text());
  fields.AddNumber("revision", static_cast<int64_t>(input.revision));
  fields.Add("pan", Fingerprinter::RequestMac(mac, input.call.merchant, input.pan));
  AddExpiry(input.expiry, fields);
  fields.AddOptional("cardholder_name", input.cardholder_name);
  return fields.Digest(mac);
}

bool SameDigest(absl::string_view a, absl::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace cardvault
