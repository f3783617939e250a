#include "cli/import_columns.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace cardvault::cli {
namespace {

using Field = ImportColumns::Field;

constexpr absl::string_view kLabelPrefix = "label.";
constexpr int64_t kSecondsPerDay = 24 * 3600;
constexpr int32_t kCentury = 2000;  // of years with two digits: the server takes 2000 to 2099

struct Name {
  absl::string_view name;  // without case and spacing
  Field field;
};
// The first name of each field is the one that --map takes.
constexpr Name kNames[] = {{"externalid", Field::kExternalId},
                           {"id", Field::kExternalId},
                           {"pan", Field::kNumber},
                           {"number", Field::kNumber},
                           {"cardnumber", Field::kNumber},
                           {"expiry", Field::kExpiry},
                           {"expirydate", Field::kExpiry},
                           {"exp", Field::kExpiry},
                           {"expdate", Field::kExpiry},
                           {"expirymonth", Field::kExpiryMonth},
                           {"expmonth", Field::kExpiryMonth},
                           {"expiryyear", Field::kExpiryYear},
                           {"expyear", Field::kExpiryYear},
                           {"name", Field::kName},
                           {"cardholder", Field::kName},
                           {"cardholdername", Field::kName},
                           {"customerid", Field::kCustomer},
                           {"customer", Field::kCustomer},
                           {"retentiondays", Field::kRetentionDays}};

std::string Plain(absl::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) plain.push_back(absl::ascii_tolower(c));
  }
  return plain;
}

Field ByName(absl::string_view column) {
  const std::string plain = Plain(column);
  for (const Name& name : kNames) {
    if (name.name == plain) return name.field;
  }
  return Field::kNone;
}

bool ReadNumber(absl::string_view text, int32_t most, int32_t& out) {
  return !text.empty() && text.size() <= 4 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, &out) && out <= most;
}

bool ReadYear(absl::string_view text, int32_t& year) {
  if ((text.size() != 2 && text.size() != 4) || !ReadNumber(text, 9999, year)) return false;
  if (text.size() == 2) year += kCentury;
  return true;
}

// MM/YY, MM/YYYY, MM-YY, MM-YYYY, MMYY, MMYYYY, YYYY-MM.
bool ReadExpiry(absl::string_view text, v1::ImportRow& row) {
  absl::string_view month;
  absl::string_view year;
  const size_t mark = text.find_first_of("/-");
  if (mark == absl::string_view::npos) {
    if (text.size() != 4 && text.size() != 6) return false;
    month = text.substr(0, 2);
    year = text.substr(2);
  } else {
    month = text.substr(0, mark);
    year = text.substr(mark + 1);
    if (month.size() == 4) std::swap(month, year);
  }
  int32_t month_number = 0;
  int32_t year_number = 0;
  if (month.size() > 2 || !ReadNumber(month, 12, month_number) || !ReadYear(year, year_number)) {
    return false;
  }
  row.set_expiry_month(month_number);
  row.set_expiry_year(year_number);
  return true;
}

}  // namespace

std::string ImportColumns::Map(const std::string& words) {
  const size_t equals = words.find('=');
  const Field field = equals == std::string::npos ? Field::kNone : ByName(words.substr(0, equals));
  if (field == Field::kNone || equals + 1 == words.size()) {
    return "--map is FIELD=COLUMN, with a field of external_id, pan, expiry, expiry_month, "
           "expiry_year, name, customer_id, retention_days";
  }
  mapped_[words.substr(equals + 1)] = field;
  taken_.push_back(field);
  return "";
}

ImportColumns::Field ImportColumns::FieldOf(absl::string_view column) const {
  const auto found = mapped_.find(column);
  if (found != mapped_.end()) return found->second;
  if (absl::StartsWith(column, kLabelPrefix)) return Field::kLabel;
  const Field field = ByName(column);
  return std::find(taken_.begin(), taken_.end(), field) == taken_.end() ? field : Field::kNone;
}

const char* ImportColumns::Fill(const std::vector<RowField>& fields, v1::ImportRow& row) const {
  for (const RowField& field : fields) {
    const absl::string_view value = absl::StripAsciiWhitespace(field.value);
    int32_t number = 0;
    switch (FieldOf(field.name)) {
      case Field::kNone:
        break;
      case Field::kExternalId:
        row.set_external_id(value.data(), value.size());
        break;
      case Field::kNumber:
        row.set_number(value.data(), value.size());
        break;
      case Field::kExpiry:
        if (!ReadExpiry(value, row)) return "expiry";
        break;
      case Field::kExpiryMonth:
        if (value.size() > 2 || !ReadNumber(value, 12, number)) return "expiry_month";
        row.set_expiry_month(number);
        break;
      case Field::kExpiryYear:
        if (!ReadYear(value, number)) return "expiry_year";
        row.set_expiry_year(number);
        break;
      case Field::kName:
        row.set_cardholder_name(value.data(), value.size());
        break;
      case Field::kCustomer:
        row.set_customer_id(value.data(), value.size());
        break;
      case Field::kRetentionDays:
        if (value.empty()) break;
        if (!ReadNumber(value, 3653, number)) return "retention_days";
        row.mutable_retention()->set_seconds(number * kSecondsPerDay);
        break;
      case Field::kLabel: {
        if (value.empty()) break;
        absl::string_view key = field.name;
        absl::ConsumePrefix(&key, kLabelPrefix);
        (*row.mutable_labels())[std::string(key)] = std::string(value);
        break;
      }
    }
  }
  return "";
}

}  // namespace cardvault::cli
