#include "base/error_reason.h"

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

TEST(ErrorReasonTest, UnspecifiedHasNoName) {
  EXPECT_EQ(ReasonName(ErrorReason::kUnspecified), "");
}

TEST(ErrorReasonTest, NamesAreUniqueAndUpperSnakeCase) {
  std::set<std::string> names;
  for (int i = 1; i <= static_cast<int>(ErrorReason::kConflict); ++i) {
    const std::string name(ReasonName(static_cast<ErrorReason>(i)));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_TRUE(names.insert(name).second) << name;
    for (const char c : name) EXPECT_TRUE(c == '_' || absl::ascii_isupper(c)) << name;
  }
}

TEST(ErrorReasonTest, NamesAreWhatTheApiSays) {
  EXPECT_EQ(ReasonName(ErrorReason::kPanInvalid), "PAN_INVALID");
  EXPECT_EQ(ReasonName(ErrorReason::kTokenNotFound), "TOKEN_NOT_FOUND");
  EXPECT_EQ(ReasonName(ErrorReason::kPaymentIdReused), "PAYMENT_ID_REUSED");
  EXPECT_EQ(ReasonName(ErrorReason::kAuditUnavailable), "AUDIT_UNAVAILABLE");
  EXPECT_EQ(ReasonName(ErrorReason::kRecordCorrupt), "RECORD_CORRUPT");
  EXPECT_EQ(ReasonName(ErrorReason::kInternal), "INTERNAL");
}

}  // namespace
}  // namespace cardvault
