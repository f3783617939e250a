#include "cli/numbers.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace cardvault::cli {

int64_t NumberOf(const std::string& option, const std::string& text, const NumberRange& range) {
  int64_t number = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (digits && absl::SimpleAtoi(text, &number) && number >= range.least && number <= range.most) {
    return number;
  }
  const std::string unit = range.unit[0] == '\0' ? "" : absl::StrCat(" (", range.unit, ")");
  throw CLI::ValidationError(
      option, absl::StrCat("takes plain decimal digits, ", range.least, " to ", range.most, unit));
}

}  // namespace cardvault::cli
