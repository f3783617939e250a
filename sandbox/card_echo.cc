#include "sandbox/card_echo.h"

#include "absl/strings/str_cat.h"
#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

std::string InGroupsOfFour(absl::string_view digits, char separator) {
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && i % 4 == 0) grouped.push_back(separator);
    grouped.push_back(digits[i]);
  }
  return grouped;
}

std::string PercentEncoded(absl::string_view digits) {
  std::string encoded;
  for (char digit : digits) absl::StrAppend(&encoded, "%3", absl::string_view(&digit, 1));
  return encoded;
}

}  // namespace

std::string EchoText(absl::string_view card_number) {
  return absl::StrCat("Card ", card_number, " accepted (", InGroupsOfFour(card_number, '-'), "; ",
                      InGroupsOfFour(card_number, ' '), "; ", PercentEncoded(card_number), "; ",
                      Base64(card_number), "; ",
                      Base64(absl::StrCat("{\"pan\":\"", card_number, "\"}")), ")");
}

std::string EchoUrl(absl::string_view base, absl::string_view card_number) {
  return absl::StrCat(base, "/card/", card_number, "?pan=", InGroupsOfFour(card_number, '-'),
                      "&ref=", Base64(card_number), "&raw=", PercentEncoded(card_number));
}

}  // namespace cardvault::sandbox
