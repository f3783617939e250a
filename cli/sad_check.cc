#include "cli/sad_check.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace cardvault::cli {
namespace {

constexpr size_t kLeastTrackDigits = 8;  // a card number has 12; a cut one is still of a stripe

// Short ones are names of their own ("cid" is in "incident"); long ones may stand in another.
constexpr absl::string_view kWhole[] = {"cid", "csc", "cav",    "cav2",  "cvd",
                                        "cvn", "pin", "tracks", "track", "pvv"};
constexpr absl::string_view kPart[] = {
    "cvv",      "cvc",       "securitycode",   "verificationcode", "verificationvalue",
    "track1",   "track2",    "track3",         "trackdata",        "trackone",
    "tracktwo", "magstripe", "magneticstripe", "magneticstrip",    "magstrip",
    "pinblock", "cardpin",   "pincode",        "pinnumber",        "securitynumber"};

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// Digits from `at` on.
size_t DigitRun(absl::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end - at;
}

}  // namespace

bool IsSadName(absl::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) plain.push_back(absl::ascii_tolower(c));
  }
  return std::any_of(std::begin(kWhole), std::end(kWhole),
                     [&](absl::string_view word) { return plain == word; }) ||
         std::any_of(std::begin(kPart), std::end(kPart),
                     [&](absl::string_view word) { return absl::StrContains(plain, word); });
}

bool LooksLikeCvv(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value);
  return (value.size() == 3 || value.size() == 4) && DigitRun(value, 0) == value.size();
}

bool HoldsTrackData(absl::string_view value) {
  for (size_t i = 0; i + 1 < value.size(); ++i) {
    if (value[i] == '%' && (value[i + 1] == 'B' || value[i + 1] == 'b') &&
        DigitRun(value, i + 2) >= kLeastTrackDigits) {
      return true;
    }
    if (value[i] == ';') {
      const size_t digits = DigitRun(value, i + 1);
      const size_t behind = i + 1 + digits;
      if (digits >= kLeastTrackDigits && behind < value.size() && value[behind] == '=') return true;
    }
  }
  return false;
}

}  // namespace cardvault::cli
