#include "card/luhn.h"

#include "base/check.h"

namespace cardvault {
namespace {

// The sum of annex B over `digits`, of which the last is doubled when `double_last`.
int LuhnSum(absl::string_view digits, bool double_last) {
  int sum = 0;
  bool doubled = double_last;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it) {
    CV_CHECK(*it >= '0' && *it <= '9');
    const int digit = *it - '0';
    const int twice = 2 * digit;
    sum += !doubled ? digit : twice > 9 ? twice - 9 : twice;
    doubled = !doubled;
  }
  return sum;
}

}  // namespace

bool PassesLuhn(absl::string_view digits) {
  return !digits.empty() && LuhnSum(digits, /*double_last=*/false) % 10 == 0;
}

char LuhnCheckDigit(absl::string_view payload) {
  return static_cast<char>('0' + (10 - LuhnSum(payload, /*double_last=*/true) % 10) % 10);
}

}  // namespace cardvault
