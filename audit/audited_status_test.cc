#include "audit/audited_status.h"

#include "base/error_reason.h"
#include "base/status.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(AuditedStatusTest, TheMarkLeavesTheErrorAsItWas) {
  const absl::Status plain =
      AlreadyExists(ErrorReason::kRequestIdReused, "request_id", "the id was used");
  EXPECT_FALSE(IsAudited(plain));
  const absl::Status marked = MarkAudited(plain);
  EXPECT_TRUE(IsAudited(marked));
  EXPECT_THAT(marked, StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused));
  EXPECT_EQ(FieldOf(marked), "request_id");
  EXPECT_EQ(marked.message(), plain.message());
}

TEST(AuditedStatusTest, SuccessIsNotMarked) { EXPECT_FALSE(IsAudited(absl::OkStatus())); }

}  // namespace
}  // namespace cardvault
