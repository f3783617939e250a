#include "forwarder/praxis/praxis_fields.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "card/free_text.h"
#include "forwarder/field_rules.h"
#include "forwarder/iso_country.h"

namespace cardvault {
namespace {

// The document's limits, in characters. `pin` and `order_id` have 50, which is the id rule's own
// limit. Its limit of 10 for `requester_ip` cannot hold an address and is not applied.
constexpr size_t kMaxEmailSize = 50;
constexpr size_t kMaxAddressSize = 50;
constexpr size_t kMaxCitySize = 50;
constexpr size_t kMaxNameSize = 25;
constexpr size_t kMaxZipSize = 12;
constexpr size_t kMaxUrlSize = 256;
constexpr size_t kStateSize = 2;
constexpr size_t kMinPhoneDigits = 6;

void CheckNames(const PayingCustomer& customer, FieldFaults& faults) {
  faults.Add(CheckPresent(customer.first_name, "customer.first_name"));
  faults.Add(CheckLength(customer.first_name, kMaxNameSize, "customer.first_name"));
  faults.Add(CheckPresent(customer.last_name, "customer.last_name"));
  faults.Add(CheckLength(customer.last_name, kMaxNameSize, "customer.last_name"));
}

void CheckEmailField(absl::string_view email, FieldFaults& faults) {
  faults.Add(CheckPresent(email, "customer.email"));
  faults.Add(CheckLength(email, kMaxEmailSize, "customer.email"));
  faults.Add(CheckEmail(email, "customer.email"));
}

absl::Status CheckPhoneField(absl::string_view phone) {
  if (phone.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckPhone(phone, "customer.phone"));
  const std::string digits = PhoneDigits(phone);
  if (digits.size() < kMinPhoneDigits) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "customer.phone",
                           "this route's upstream wants at least 6 digits");
  }
  if (IsDummyDigits(digits)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "customer.phone",
                           "this route's upstream refuses made-up telephone numbers");
  }
  return absl::OkStatus();
}

absl::Status CheckBirthDate(absl::string_view date) {
  if (date.empty() || ParseDate(date).has_value()) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "customer.birth_date",
                         "not a date YYYY-MM-DD from 1900 on");
}

absl::Status CheckState(absl::string_view country, absl::string_view state) {
  const bool needs_state = country == "US" || country == "CA";
  if (needs_state) RETURN_IF_ERROR(CheckPresent(state, "customer.state"));
  if (state.empty()) return absl::OkStatus();
  if (!needs_state && country != "AU") {
    return InvalidArgument(ErrorReason::kFieldInvalid, "customer.state",
                           "this route's upstream takes a state for US, CA and AU only");
  }
  const bool good =
      state.size() == kStateSize && std::all_of(state.begin(), state.end(), [](char c) {
        return absl::ascii_isupper(static_cast<unsigned char>(c));
      });
  if (good) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "customer.state",
                         "a state is two upper-case letters");
}

// Letters and digits; spaces and dashes between them are taken in practice.
absl::Status CheckZip(absl::string_view country, absl::string_view zip) {
  if (country == "US" || country == "CA") {
    RETURN_IF_ERROR(CheckPresent(zip, "customer.postal_code"));
  }
  if (zip.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckLength(zip, kMaxZipSize, "customer.postal_code"));
  const auto is_alnum = [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); };
  const bool good = is_alnum(zip.front()) && is_alnum(zip.back()) &&
                    std::all_of(zip.begin(), zip.end(),
                                [&](char c) { return is_alnum(c) || c == ' ' || c == '-'; });
  if (good) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, "customer.postal_code",
                         "a postal code is letters and digits, with spaces and dashes between");
}

void CheckAddress(const PayingCustomer& customer, FieldFaults& faults) {
  faults.Add(CheckLength(customer.address, kMaxAddressSize, "customer.address"));
  faults.Add(CheckLength(customer.city, kMaxCitySize, "customer.city"));
  if (customer.country.empty()) {
    return faults.Add(CheckPresent(customer.country, "customer.country"));
  }
  if (!IsCountryCode(customer.country)) {
    return faults.Add(InvalidArgument(ErrorReason::kFieldInvalid, "customer.country",
                                      "not an ISO 3166-1 alpha-2 code"));
  }
  faults.Add(CheckState(customer.country, customer.state));
  faults.Add(CheckZip(customer.country, customer.postal_code));
}

}  // namespace

void CheckPraxisCustomer(const PayingCustomer& customer, FieldFaults& faults) {
  faults.Add(CheckId(customer.id, "customer.id"));
  CheckNames(customer, faults);
  CheckEmailField(customer.email, faults);
  faults.Add(CheckPhoneField(customer.phone));
  faults.Add(CheckBirthDate(customer.birth_date));
  faults.Add(CheckIpAddress(customer.ip_address, "customer.ip_address"));
  CheckAddress(customer, faults);
}

void CheckPraxisUrls(const PaymentUrls& urls, FieldFaults& faults) {
  faults.Add(CheckPresent(urls.return_success_url, "urls.return_success_url"));
  faults.Add(CheckLength(urls.return_success_url, kMaxUrlSize, "urls.return_success_url"));
  faults.Add(CheckLength(urls.notification_url, kMaxUrlSize, "urls.notification_url"));
}

void AddPraxisPerson(const PayingCustomer& customer, PlanObject& body) {
  AddIfAny("first_name", customer.first_name, body);
  AddIfAny("last_name", customer.last_name, body);
  AddIfAny("email", customer.email, body);
  AddIfAny("phone", PhoneDigits(customer.phone), body);
  AddIfAny("dob", PraxisDate(customer.birth_date), body);
  AddIfAny("address", customer.address, body);
  AddIfAny("city", customer.city, body);
  AddIfAny("country", customer.country, body);
  AddIfAny("state", customer.state, body);
  AddIfAny("zip", customer.postal_code, body);
}

void AddIfAny(const char* name, std::string value, PlanObject& body) {
  if (!value.empty()) body.push_back({name, std::move(value)});
}

std::string PraxisDate(absl::string_view birth_date) {
  const std::optional<absl::CivilDay> date = ParseDate(birth_date);
  if (!date.has_value()) return "";
  return absl::StrFormat("%02d/%02d/%04d", date->month(), date->day(), date->year());
}

}  // namespace cardvault
