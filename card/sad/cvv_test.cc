#include "card/sad/cvv.h"

#include <functional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/error_text.h"
#include "base/log.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "card/brand.h"
#include "card/sad/access/sad_access.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Misuse does not compile.
template <typename T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};
template <typename T>
concept Stringifies = requires(std::string& sink, const T& value) {
  AbslStringify(sink, value);
};
template <typename T>
concept Loggable = requires(LogEvent& event, const T& value) {
  event.With("cvv", value);
};
template <typename T>
concept RevealsToBraces = requires(const T& value) {
  value.Reveal({});
};
template <typename T>
concept Reveals = requires(T&& value) {
  std::forward<T>(value).Reveal(SadAccess::Token());
};
template <typename T>
concept HasSize = requires(const T& value) {
  value.size();
}
|| requires(const T& value) { value.digit_count(); };
template <typename T>
concept Clones = requires(const T& value) {
  value.Clone();
};

static_assert(!Streamable<Cvv>);
static_assert(!Stringifies<Cvv>);
static_assert(!std::is_constructible_v<absl::AlphaNum, const Cvv&>);  // StrCat
static_assert(!std::is_constructible_v<absl::Status, absl::StatusCode, const Cvv&>);
static_assert(!std::is_constructible_v<ErrorText, const Cvv&>);
static_assert(!Loggable<Cvv>);
static_assert(!std::is_default_constructible_v<SadAccessToken>);
static_assert(!std::is_aggregate_v<SadAccessToken>);
static_assert(!std::is_copy_constructible_v<SadAccessToken>);
static_assert(!std::is_copy_assignable_v<SadAccessToken>);
static_assert(!RevealsToBraces<Cvv>);
static_assert(Reveals<const Cvv&>);
static_assert(!Reveals<Cvv>);  // no view of a temporary
static_assert(!Reveals<const Cvv>);
static_assert(!HasSize<Cvv>);  // even the length is derived from it
static_assert(!Clones<Cvv>);
static_assert(!std::is_copy_constructible_v<Cvv>);
static_assert(!std::is_copy_assignable_v<Cvv>);
static_assert(!Comparable<Cvv>);
static_assert(!std::is_default_constructible_v<absl::Hash<Cvv>>);  // no hash set
static_assert(!std::is_default_constructible_v<std::hash<Cvv>>);
static_assert(!std::is_convertible_v<Cvv, std::string>);
static_assert(!std::is_convertible_v<Cvv, absl::string_view>);
static_assert(!std::is_constructible_v<Cvv, SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<Cvv>);

TEST(CvvTest, ParseTakesThreeDigitsAndFourOnAmex) {
  const absl::StatusOr<Cvv> three = Cvv::Parse("123", Brand::kVisa);
  ASSERT_TRUE(three.ok());
  EXPECT_TRUE(three->Reveal(SadAccess::Token()) == "123");
  EXPECT_TRUE(Cvv::Parse("000", Brand::kSandbox).ok());
  EXPECT_TRUE(Cvv::Parse("1234", Brand::kAmex).ok());
  EXPECT_TRUE(Cvv::Parse("123", Brand::kUnknown).ok());
  EXPECT_TRUE(Cvv::Parse("1234", Brand::kUnknown).ok());
}

TEST(CvvTest, ParseRejectsEverythingElseWithOneText) {
  const absl::Status first = Cvv::Parse("", Brand::kVisa).status();
  EXPECT_EQ(first.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(first), ErrorReason::kCvvInvalid);
  EXPECT_EQ(FieldOf(first), "card.cvv");
  const auto expect_refused = [&](absl::string_view digits, Brand brand) {
    EXPECT_EQ(Cvv::Parse(digits, brand).status(), first);
  };
  expect_refused("12", Brand::kVisa);
  expect_refused("1234", Brand::kVisa);
  expect_refused("12345", Brand::kVisa);
  expect_refused("123", Brand::kAmex);
  expect_refused("12", Brand::kUnknown);
  expect_refused("12345", Brand::kUnknown);
  expect_refused("12a", Brand::kVisa);
  expect_refused(" 12", Brand::kVisa);
  expect_refused(absl::string_view("1\0"
                                   "2",
                                   3),
                 Brand::kVisa);
  expect_refused(
      "\xd9\xa1"
      "1",
      Brand::kVisa);
  expect_refused(std::string(1 << 20, '1'), Brand::kVisa);
}

struct Holder {
  Cvv cvv;
};

TEST(CvvTest, GoogleTestPrintsNoDigits) {
  const Cvv cvv = Cvv::Parse("737", Brand::kVisa).value();
  EXPECT_EQ(::testing::PrintToString(cvv), "[CVV redacted]");
  const Holder holder{Cvv::Parse("737", Brand::kVisa).value()};
  EXPECT_THAT(::testing::PrintToString(holder), Not(HasSubstr("37-33 37")));
  EXPECT_THAT(::testing::PrintToString(holder), Not(HasSubstr("37-33-37")));
}

}  // namespace
}  // namespace cardvault
