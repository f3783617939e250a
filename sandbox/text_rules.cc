#include "sandbox/text_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace cardvault::sandbox {
namespace {

constexpr size_t kPanDigitsMin = 12;
constexpr size_t kPanDigitsMax = 19;

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool HasRightCheckDigit(absl::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    int value = *digit - '0';
    if (doubled) value = value > 4 ? 2 * value - 9 : 2 * value;
    doubled = !doubled;
    sum += value;
  }
  return sum % 10 == 0;
}

// Every digit differs from the one before it by `step`, 9 and 0 being neighbours upwards.
bool IsDigitRun(absl::string_view digits, int step) {
  for (size_t i = 1; i < digits.size(); ++i) {
    if ((digits[i] - digits[i - 1] - step) % 10 != 0) return false;
  }
  return true;
}

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool IsAllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

size_t CodePointCount(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not a continuation byte
  }));
}

bool IsCardNumber(absl::string_view text) {
  return IsAllDigits(text) && text.size() >= kPanDigitsMin && text.size() <= kPanDigitsMax &&
         HasRightCheckDigit(text);
}

bool IsCvv(absl::string_view text) {
  return IsAllDigits(text) && (text.size() == 3 || text.size() == 4);
}

bool HoldsCardNumber(absl::string_view text) {
  for (size_t start = 0; start < text.size(); ++start) {
    size_t end = start;
    while (end < text.size() && IsDigit(text[end])) ++end;
    const size_t longest = std::min(end - start, kPanDigitsMax);
    for (size_t size = kPanDigitsMin; size <= longest; ++size) {
      if (HasRightCheckDigit(text.substr(start, size))) return true;
    }
  }
  return false;
}

bool ParseCardExpiry(absl::string_view text, int& month, int& year) {
  if (text.size() != 7 || text[2] != '/' || !IsAllDigits(text.substr(0, 2)) ||
      !IsAllDigits(text.substr(3))) {
    return false;
  }
  int parsed_month = 0;
  int parsed_year = 0;
  if (!absl::SimpleAtoi(text.substr(0, 2), &parsed_month) ||
      !absl::SimpleAtoi(text.substr(3), &parsed_year) || parsed_month < 1 || parsed_month > 12 ||
      parsed_year < 2000) {
    return false;
  }
  month = parsed_month;
  year = parsed_year;
  return true;
}

bool IsExpired(int month, int year, int64_t now_seconds) {
  const absl::CivilMonth after = absl::CivilMonth(year, month) + 1;
  const absl::Time end = absl::FromCivil(after, absl::FixedTimeZone(-12 * 60 * 60));
  return absl::FromUnixSeconds(now_seconds) >= end;
}

bool IsPhoneNumber(absl::string_view text) {
  if (!IsAllDigits(text) || text.size() < 6) return false;
  return !IsDigitRun(text, 0) && !IsDigitRun(text, 1) && !IsDigitRun(text, -1);
}

bool IsDate(absl::string_view text) {
  if (text.size() != 10 || text[2] != '/' || text[5] != '/' || !IsAllDigits(text.substr(0, 2)) ||
      !IsAllDigits(text.substr(3, 2)) || !IsAllDigits(text.substr(6))) {
    return false;
  }
  int month = 0;
  int day = 0;
  int year = 0;
  if (!absl::SimpleAtoi(text.substr(0, 2), &month) || !absl::SimpleAtoi(text.substr(3, 2), &day) ||
      !absl::SimpleAtoi(text.substr(6), &year)) {
    return false;
  }
  const absl::CivilDay civil(year, month, day);  // normalizes what is no date
  return year >= 1900 && civil.month() == month && civil.day() == day;
}

bool IsEmail(absl::string_view text) {
  if (!IsPrintable(text)) return false;
  const size_t at = text.find('@');
  if (at == absl::string_view::npos || at == 0 || text.find('@', at + 1) != text.npos) return false;
  const absl::string_view host = text.substr(at + 1);
  const size_t dot = host.find('.');
  return dot != absl::string_view::npos && dot != 0 && host.back() != '.';
}

bool IsIpAddress(absl::string_view text) {
  const std::string address(text);
  in6_addr parsed;
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1 ||
         inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

bool IsUrl(absl::string_view text) {
  if (!IsPrintable(text)) return false;
  for (absl::string_view scheme : {"https://", "http://"}) {
    if (absl::StartsWith(text, scheme)) {
      return text.size() > scheme.size() && text[scheme.size()] != '/';
    }
  }
  return false;
}

bool IsZip(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(),
                     [](char c) {
                       return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == ' ' ||
                              c == '-';
                     }) &&
         text.front() != ' ' && text.front() != '-' && text.back() != ' ' && text.back() != '-';
}

bool IsIdText(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == ':' ||
           c == '-';
  });
}

}  // namespace cardvault::sandbox
