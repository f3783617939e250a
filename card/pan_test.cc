#include "card/pan.h"

#include <algorithm>
#include <functional>
#include <optional>
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
#include "card/access/pan_access.h"
#include "card/bin.h"
#include "card/brand.h"
#include "card/luhn.h"
#include "card/pan_access_token.h"
#include "card/test_pans.h"
#include "card/truncated_pan.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Misuse does not compile. What no expression can ask about stands in misuse_test.sh.
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
  event.With("card", value);
};
template <typename T>
concept RevealsToBraces = requires(const T& value) {
  value.Reveal({});
};
template <typename T>
concept RevealsToNobody = requires(const T& value) {
  value.Reveal();
};
template <typename T>
concept Reveals = requires(T&& value) {
  std::forward<T>(value).Reveal(PanAccess::Token());
};

static_assert(!Streamable<Pan>);
static_assert(!Stringifies<Pan>);
static_assert(!std::is_constructible_v<absl::AlphaNum, const Pan&>);  // StrCat
static_assert(!std::is_constructible_v<absl::Status, absl::StatusCode, const Pan&>);
static_assert(!std::is_constructible_v<ErrorText, const Pan&>);
static_assert(!Loggable<Pan>);
static_assert(!Loggable<TruncatedPan>);  // digits of a card stand in no log
static_assert(!std::is_default_constructible_v<PanAccessToken>);  // PanAccessToken{}
static_assert(!std::is_aggregate_v<PanAccessToken>);
static_assert(!std::is_copy_constructible_v<PanAccessToken>);
static_assert(!std::is_move_constructible_v<PanAccessToken>);
static_assert(!std::is_copy_assignable_v<PanAccessToken>);
static_assert(!RevealsToBraces<Pan>);
static_assert(!RevealsToNobody<Pan>);
static_assert(Reveals<const Pan&>);
static_assert(!Reveals<Pan>);  // no view of a temporary
static_assert(!Reveals<const Pan>);
static_assert(!std::is_copy_constructible_v<Pan>);
static_assert(!std::is_copy_assignable_v<Pan>);
static_assert(!Comparable<Pan>);
static_assert(!std::is_default_constructible_v<absl::Hash<Pan>>);  // no hash set
static_assert(!std::is_default_constructible_v<std::hash<Pan>>);
static_assert(!std::is_convertible_v<Pan, std::string>);
static_assert(!std::is_convertible_v<Pan, absl::string_view>);
static_assert(!std::is_convertible_v<Pan, bool>);
static_assert(!std::is_constructible_v<Pan, std::string>);
static_assert(!std::is_constructible_v<Pan, SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<Pan>);

Pan Parsed(absl::string_view digits) { return Pan::Parse(digits).value(); }

void ExpectRefused(absl::string_view digits) {
  const absl::Status status = Pan::Parse(digits).status();
  ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), ErrorReason::kPanInvalid);
  EXPECT_EQ(FieldOf(status), "card.number");
  // Not even the text with its payloads holds a part of the input.
  const std::string text = status.ToString();
  for (size_t i = 0; i + 4 <= std::min<size_t>(digits.size(), 64); ++i) {
    const std::string part(digits.substr(i, 4));
    if (std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      EXPECT_THAT(text, Not(HasSubstr(part)));
    }
  }
}

// A number of `length` digits that passes Luhn, its digits not all alike.
std::string NumberOf(size_t length) {
  std::string digits = "4";
  while (digits.size() + 1 < length) {
    digits.push_back(static_cast<char>('0' + (7 * digits.size() + 1) % 10));
  }
  digits.push_back(LuhnCheckDigit(digits));
  return digits;
}

TEST(PanTest, ParseTakesPublishedNumbers) {
  for (const absl::string_view digits : kPublishedTestPans) {
    const absl::StatusOr<Pan> pan = Pan::Parse(digits);
    ASSERT_TRUE(pan.ok());
    EXPECT_EQ(pan->digit_count(), digits.size());
    EXPECT_TRUE(pan->Reveal(PanAccess::Token()) == digits);
    EXPECT_EQ(pan->brand(), BrandOf(digits));
  }
}

TEST(PanTest, ParseTakesTwelveToNineteenDigits) {
  for (size_t length = 1; length <= 40; ++length) {
    const std::string digits = NumberOf(length);
    if (length >= 12 && length <= 19) {
      EXPECT_TRUE(Pan::Parse(digits).ok()) << length;
    } else {
      ExpectRefused(digits);
    }
  }
}

TEST(PanTest, ParseRejectsWrongCheckDigit) {
  for (const absl::string_view digits : kPublishedTestPans) {
    std::string wrong(digits);
    wrong.back() = static_cast<char>('0' + (wrong.back() - '0' + 1) % 10);
    ExpectRefused(wrong);
  }
}

TEST(PanTest, ParseRejectsSeparatorsInsideDigits) {
  const std::string digits(kVisaTestPan);
  for (const char* const separator : {" ", "-", ".", "\t", "\n", "_", "\xc2\xa0"}) {
    std::string text = digits;
    for (size_t at : {12, 8, 4}) text.insert(at, separator);
    ExpectRefused(text);
  }
  ExpectRefused(" " + digits);
  ExpectRefused(digits + " ");
  ExpectRefused(digits + "\n");
}

TEST(PanTest, ParseRejectsWhatIsNotDigits) {
  const std::string digits(kVisaTestPan);
  ExpectRefused("");
  ExpectRefused("abcdefghijklmnop");
  ExpectRefused("+" + digits.substr(1));
  ExpectRefused(
      absl::string_view("4111\0"
                        "11111111111",
                        16));
  ExpectRefused(digits + std::string(1, '\0'));
  ExpectRefused(
      "4111111111111\xd9\xa1"
      "11");  // an Arabic-Indic digit
  ExpectRefused("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1\xf0");
  ExpectRefused(std::string(1 << 20, '4'));
}

TEST(PanTest, FromSecretTakesOverTheBytes) {
  EXPECT_TRUE(Pan::FromSecret(SecretBytes::CopyOf(kAmexTestPan)).ok());
  EXPECT_EQ(ReasonOf(Pan::FromSecret(SecretBytes::CopyOf("411")).status()),
            ErrorReason::kPanInvalid);
  EXPECT_EQ(ReasonOf(Pan::FromSecret(SecretBytes()).status()), ErrorReason::kPanInvalid);
}

TEST(PanTest, CloneIsTheSameNumberInAnotherPlace) {
  const Pan pan = Parsed(kVisaTestPan);
  const Pan clone = pan.Clone();
  EXPECT_TRUE(clone.Reveal(PanAccess::Token()) == kVisaTestPan);
  EXPECT_NE(clone.Reveal(PanAccess::Token()).data(), pan.Reveal(PanAccess::Token()).data());
}

TEST(PanTest, MoveLeavesNothing) {
  Pan pan = Parsed(kVisaTestPan);
  const Pan moved = std::move(pan);
  EXPECT_EQ(pan.digit_count(), 0u);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(moved.digit_count(), 16u);
}

// S5
TEST(PanTest, TruncateRemovesFourOrMoreDigitsAtEveryLength) {
  for (size_t length = 12; length <= 19; ++length) {
    const std::string digits = NumberOf(length);
    const Pan pan = Parsed(digits);
    for (const BinLength configured : {BinLength::kSix, BinLength::kEight}) {
      const TruncatedPan truncated = pan.Truncate(configured);
      const size_t wanted = std::min(
          {configured == BinLength::kEight && length >= 16 ? size_t{8} : size_t{6}, length - 8});
      EXPECT_EQ(truncated.bin, digits.substr(0, wanted));
      EXPECT_EQ(truncated.last_four, digits.substr(length - 4));
      EXPECT_EQ(truncated.digit_count, length);
      const size_t removed = length - truncated.bin.size() - truncated.last_four.size();
      EXPECT_GE(removed, 4u);
      EXPECT_EQ(truncated.Masked(),
                truncated.bin + std::string(removed, '*') + truncated.last_four);
    }
  }
}

// S5
TEST(PanTest, TruncatedFormsAreTheKnownOnes) {
  EXPECT_EQ(Parsed(kVisaTestPan).Truncate(BinLength::kSix).Masked(), "411111******1111");
  EXPECT_EQ(Parsed(kVisaTestPan).Truncate(BinLength::kEight).Masked(), "41111111****1111");
  EXPECT_EQ(Parsed(kAmexTestPan).Truncate(BinLength::kEight).Masked(), "378282*****0005");
  EXPECT_EQ(Parsed(kDinersTestPan).Truncate(BinLength::kSix).Masked(), "305693****5904");
  EXPECT_EQ(Parsed(kVisa13DigitTestPan).Truncate(BinLength::kSix).Masked(), "42222****2222");
  EXPECT_EQ(Parsed(kMaestro12DigitTestPan).Truncate(BinLength::kEight).Masked(), "5018****0009");
}

// No four digits of the number in a row, as text or as GoogleTest dumps bytes.
void ExpectNoDigits(const std::string& printed, absl::string_view digits) {
  for (size_t i = 0; i + 4 <= digits.size(); ++i) {
    const std::string part(digits.substr(i, 4));
    EXPECT_THAT(printed, Not(HasSubstr(part)));
    EXPECT_THAT(printed, Not(HasSubstr(absl::StrCat("3", part.substr(0, 1), "-3", part.substr(1, 1),
                                                    " 3", part.substr(2, 1)))));
    EXPECT_THAT(printed, Not(HasSubstr(absl::StrCat("3", part.substr(0, 1), " 3", part.substr(1, 1),
                                                    "-3", part.substr(2, 1)))));
  }
}

struct Holder {
  Pan pan;
};

TEST(PanTest, GoogleTestPrintsNoDigits) {
  const Pan pan = Parsed(kVisaTestPan);
  EXPECT_EQ(::testing::PrintToString(pan), "[PAN redacted]");
  EXPECT_EQ(::testing::PrintToString(std::optional<Pan>(pan.Clone())), "([PAN redacted])");
  // Types that GoogleTest knows nothing about are dumped byte by byte: the digits are elsewhere.
  ExpectNoDigits(::testing::PrintToString(Holder{pan.Clone()}), kVisaTestPan);
  ExpectNoDigits(::testing::PrintToString(absl::StatusOr<Pan>(pan.Clone())), kVisaTestPan);
  // The test of the test: a struct of characters is seen.
  struct Inline {
    char digits[17];
  };
  Inline inline_digits;
  kVisaTestPan.copy(inline_digits.digits, 16);
  EXPECT_THAT(::testing::PrintToString(inline_digits), HasSubstr("31-31 31-31"));
}

// S5
TEST(PanTest, GeneratedNumbersTruncateWithinBounds) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  for (int i = 0; i < 1'000; ++i) {
    const TruncatedPan truncated = Parsed(generator.Pan()).Truncate(BinLength::kSix);
    EXPECT_EQ(truncated.bin, "999999");
    EXPECT_EQ(truncated.last_four.size(), 4u);
  }
}

}  // namespace
}  // namespace cardvault
