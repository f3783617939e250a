#include "forwarder/field_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "base/utf8.h"

namespace cardvault {
namespace {

constexpr absl::string_view kHttps = "https://";

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool IsEmail(absl::string_view text) {
  if (!IsPrintable(text)) return false;
  const size_t at = text.find('@');
  if (at == absl::string_view::npos || at == 0) return false;
  const absl::string_view host = text.substr(at + 1);
  const size_t dot = host.find('.');
  return !absl::StrContains(host, "@") && dot != absl::string_view::npos && dot != 0 &&
         host.back() != '.';
}

bool IsHttpsUrl(absl::string_view text) {
  if (!absl::StartsWith(text, kHttps) || !IsPrintable(text)) return false;
  absl::string_view authority = text.substr(kHttps.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  return !authority.empty() && authority[0] != ':' && !absl::StrContains(authority, "@");
}

// The number that `digits` write, 0 when something else stands among them.
int NumberOf(absl::string_view digits) {
  int number = 0;
  const bool good =
      std::all_of(digits.begin(), digits.end(), IsDigit) && absl::SimpleAtoi(digits, &number);
  return good ? number : 0;
}

bool IsRun(absl::string_view digits, int step) {
  for (size_t i = 1; i < digits.size(); ++i) {
    if ((digits[i] - digits[i - 1] - step) % 10 != 0) return false;
  }
  return true;
}

}  // namespace

size_t CharacterCount(absl::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(std::max<size_t>(Utf8SequenceSize(text), 1));
  return count;
}

absl::Status CheckPresent(absl::string_view text, FieldName field) {
  if (!text.empty()) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldMissing, field, "this route needs the field");
}

absl::Status CheckLength(absl::string_view text, size_t max_characters, FieldName field) {
  if (CharacterCount(text) <= max_characters) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, field,
                         "the field is longer than this route's upstream takes");
}

absl::Status CheckEmail(absl::string_view text, FieldName field) {
  if (text.empty() || IsEmail(text)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, field, "not an e-mail address");
}

absl::Status CheckIpAddress(absl::string_view text, FieldName field) {
  const std::string address(text);
  in6_addr parsed;
  if (text.empty() || (!absl::StrContains(text, absl::string_view("\0", 1)) &&
                       (inet_pton(AF_INET, address.c_str(), &parsed) == 1 ||
                        inet_pton(AF_INET6, address.c_str(), &parsed) == 1))) {
    return absl::OkStatus();
  }
  return InvalidArgument(ErrorReason::kFieldInvalid, field, "not an IPv4 or IPv6 address");
}

absl::Status CheckHttpsUrl(absl::string_view text, FieldName field) {
  if (text.empty() || IsHttpsUrl(text)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, field, "not an https:// URL");
}

std::optional<absl::CivilDay> ParseDate(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = NumberOf(text.substr(0, 4));
  const int month = NumberOf(text.substr(5, 2));
  const int day = NumberOf(text.substr(8, 2));
  const absl::CivilDay date(year, month, day);  // carries what is no date into the next month
  if (year < 1900 || date.month() != month || date.day() != day) return std::nullopt;
  return date;
}

std::string PhoneDigits(absl::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), IsDigit);
  return digits;
}

bool IsDummyDigits(absl::string_view digits) {
  return IsRun(digits, 0) || IsRun(digits, 1) || IsRun(digits, -1);
}

}  // namespace cardvault
