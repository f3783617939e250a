#include "forwarder/praxis/praxis_fields.h"

#include <algorithm>
#include <optional>
#include <string>

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

absl::Status CheckNames(const PayingCustomer& customer) {
  RETURN_IF_ERROR(CheckPresent(customer.first_name, "customer.first_name"));
  RETURN_IF_ERROR(CheckLength(customer.first_name, kMaxNameSize, "customer.first_name"));
  RETURN_IF_ERROR(CheckPresent(customer.last_name, "customer.last_name"));
  return CheckLength(customer.last_name, kMaxNameSize, "customer.last_name");
}

absl::Status CheckEmailField(absl::string_view email) {
  RETURN_IF_ERROR(CheckPresent(email, "customer.email"));
  RETURN_IF_ERROR(CheckLength(email, kMaxEmailSize, "customer.email"));
  return CheckEmail(email, "customer.email");
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

absl::Status CheckAddress(const PayingCustomer& customer) {
  RETURN_IF_ERROR(CheckLength(customer.address, kMaxAddressSize, "customer.address"));
  RETURN_IF_ERROR(CheckLength(customer.city, kMaxCitySize, "customer.city"));
  RETURN_IF_ERROR(CheckPresent(customer.country, "customer.country"));
  if (!IsCountryCode(customer.country)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "customer.country",
                           "not an ISO 3166-1 alpha-2 code");
  }
  RETURN_IF_ERROR(CheckState(customer.country, customer.state));
  return CheckZip(customer.country, customer.postal_code);
}

}  // namespace

absl::Status CheckPraxisCustomer(const PayingCustomer& customer) {
  RETURN_IF_ERROR(CheckId(customer.id, "customer.id"));
  RETURN_IF_ERROR(CheckNames(customer));
  RETURN_IF_ERROR(CheckEmailField(customer.email));
  RETURN_IF_ERROR(CheckPhoneField(customer.phone));
  RETURN_IF_ERROR(CheckBirthDate(customer.birth_date));
  RETURN_IF_ERROR(CheckIpAddress(customer.ip_address, "customer.ip_address"));
  return CheckAddress(customer);
}

absl::Status CheckPraxisUrls(const PaymentUrls& urls) {
  RETURN_IF_ERROR(CheckPresent(urls.return_success_url, "urls.return_success_url"));
  RETURN_IF_ERROR(CheckLength(urls.return_success_url, kMaxUrlSize, "urls.return_success_url"));
  return CheckLength(urls.notification_url, kMaxUrlSize, "urls.notification_url");
}

std::string PraxisDate(absl::string_view birth_date) {
  const std::optional<absl::CivilDay> date = ParseDate(birth_date);
  if (!date.has_value()) return "";
  return absl::StrFormat("%02d/%02d/%04d", date->month(), date->day(), date->year());
}

}  // namespace cardvault
