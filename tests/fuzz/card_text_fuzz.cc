// Card numbers and the texts in which people put them: what parses is a number, is found in a text,
// and stands in no error.

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error_text.h"
#include "card/free_text.h"
#include "card/pan.h"
#include "tests/fuzz/fuzz_input.h"

using namespace cardvault;  // NOLINT(build/namespaces): a program of one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = fuzz::InputOf(data, size);
  const bool holds = HoldsCardNumber(input);
  // Shorter than what an error's own words may hold by chance.
  const bool is_telling = std::count_if(input.begin(), input.end(), absl::ascii_isdigit) >= 6;
  const absl::Status text = CheckFreeText(input, 1024, FieldName("text"));
  CV_CHECK(!holds || !text.ok());
  CV_CHECK(!is_telling || !absl::StrContains(text.message(), input));
  const absl::StatusOr<Pan> pan = Pan::Parse(input);
  if (!pan.ok()) {
    CV_CHECK(!is_telling || !absl::StrContains(pan.status().message(), input));
    return 0;
  }
  CV_CHECK(size >= 12 && size <= 19);
  for (const char c : input) CV_CHECK(c >= '0' && c <= '9');
  // A number of no known issuer parses too: whether it is taken is for the vault's mode to say.
  CV_CHECK(holds == HoldsCardNumber(absl::StrCat("paid with ", input, ", thanks")));
  return 0;
}
