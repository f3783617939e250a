#include "base/error_text.h"

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

// A run-time const char* is refused by consteval, which no expression can ask about: see
// card/misuse_test.sh. These never get as far as the constructor.
template <typename Text>
constexpr bool kTakesNoStrings =
    !std::is_constructible_v<Text, std::string> &&
    !std::is_constructible_v<Text, std::string_view> &&
    !std::is_constructible_v<Text, absl::string_view> && !std::is_constructible_v<Text, int> &&
    !std::is_default_constructible_v<Text>;
static_assert(kTakesNoStrings<ErrorText>);
static_assert(kTakesNoStrings<FieldName>);

TEST(ErrorTextTest, HoldsTheLiteral) {
  constexpr ErrorText text = "literal";
  EXPECT_EQ(text.view(), "literal");
  constexpr FieldName name = "card.number";
  EXPECT_STREQ(name.c_str(), "card.number");
}

}  // namespace
}  // namespace cardvault
