#include "audit/retired_log.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

constexpr char kRoot[] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

TEST(RetiredLogTest, HasOneForm) {
  const RetiredLog retired = {65536, 131072, EmptyRoot()};
  const std::string text = FormatRetiredLog(retired);
  EXPECT_EQ(text, absl::StrCat("65536..131071 root ", kRoot));
  EXPECT_EQ(ParseRetiredLog(text), retired);
}

TEST(RetiredLogTest, AnyOtherTextIsNone) {
  for (const std::string& text :
       {std::string(), absl::StrCat("65536..131071 root ", kRoot, " "),
        absl::StrCat("0065536..131071 root ", kRoot), absl::StrCat("9..8 root ", kRoot),
        absl::StrCat("0.65535 root ", kRoot), absl::StrCat("0..65535 Root ", kRoot),
        absl::StrCat("0..18446744073709551616 root ", kRoot), std::string("0..65535 root AAAA")}) {
    EXPECT_FALSE(ParseRetiredLog(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cardvault
