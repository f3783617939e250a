#include "tests/testing/status_matchers.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Refused() {
  return InvalidArgument(ErrorReason::kPanInvalid, "card.number", "refused");
}

// What GoogleTest would print when `value` does not match.
template <typename T, typename M>
std::string FailureText(const T& value, const M& matcher) {
  return ::testing::internal::MakePredicateFormatterFromMatcher(matcher)("value", value).message();
}

TEST(StatusMatchersTest, MatchCodesAndReasons) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(Refused(), Not(IsOk()));
  EXPECT_THAT(Refused(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Refused(), StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kPanInvalid));
  EXPECT_THAT(Refused(),
              Not(StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kCvvInvalid)));
  EXPECT_THAT(Refused(), Not(StatusIs(absl::StatusCode::kNotFound)));
  EXPECT_THAT(absl::StatusOr<int>(3), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(3));
  EXPECT_THAT(absl::StatusOr<int>(3), Not(IsOkAndHolds(4)));
  EXPECT_THAT(absl::StatusOr<int>(Refused()), Not(IsOkAndHolds(3)));
  EXPECT_THAT(absl::StatusOr<SecretBytes>(SecretBytes()), IsOk());
}

TEST(StatusMatchersTest, FailureNamesReasonAndField) {
  EXPECT_THAT(FailureText(Refused(), IsOk()), HasSubstr("reason=PAN_INVALID field=card.number"));
}

TEST(StatusMatchersTest, FailureNeverPrintsTheValue) {
  const absl::StatusOr<std::string> result("topsecret");  // short: inside the object itself
  for (const std::string& text : {FailureText(result, StatusIs(absl::StatusCode::kNotFound)),
                                  FailureText(result, IsOkAndHolds(std::string("other"))),
                                  FailureText(result, Not(IsOk()))}) {
    EXPECT_THAT(text, Not(HasSubstr("topsecret")));
    EXPECT_THAT(text, Not(HasSubstr("74-6F-70")));  // its bytes, as GoogleTest dumps them
    EXPECT_THAT(text, Not(HasSubstr("6F-70")));
    EXPECT_THAT(text, HasSubstr("value not shown"));
  }
}

}  // namespace
}  // namespace cardvault
