#include "base/status.h"

#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

static_assert(!std::is_invocable_v<decltype(Internal), ErrorReason, std::string>);
static_assert(!std::is_invocable_v<decltype(Internal), ErrorReason, absl::string_view>);
static_assert(!std::is_invocable_v<decltype(InvalidArgument), ErrorReason, std::string, ErrorText>);

TEST(StatusTest, MakersSetCodeReasonAndText) {
  struct Case {
    absl::Status status;
    absl::StatusCode code;
    ErrorReason reason;
  };
  const Case cases[] = {
      {InvalidArgument(ErrorReason::kPanInvalid, "card.number", "t"),
       absl::StatusCode::kInvalidArgument, ErrorReason::kPanInvalid},
      {NotFound(ErrorReason::kTokenNotFound, "t"), absl::StatusCode::kNotFound,
       ErrorReason::kTokenNotFound},
      {AlreadyExists(ErrorReason::kPaymentIdReused, "payment_id", "t"),
       absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused},
      {Aborted(ErrorReason::kRevision, "t"), absl::StatusCode::kAborted, ErrorReason::kRevision},
      {FailedPrecondition(ErrorReason::kVaultSealed, "t"), absl::StatusCode::kFailedPrecondition,
       ErrorReason::kVaultSealed},
      {PermissionDenied(ErrorReason::kPolicy, "t"), absl::StatusCode::kPermissionDenied,
       ErrorReason::kPolicy},
      {Unauthenticated("t"), absl::StatusCode::kUnauthenticated, ErrorReason::kIdentity},
      {Unimplemented(ErrorReason::kNotOffered, "t"), absl::StatusCode::kUnimplemented,
       ErrorReason::kNotOffered},
      {ResourceExhausted(ErrorReason::kLimit, "t"), absl::StatusCode::kResourceExhausted,
       ErrorReason::kLimit},
      {DataLoss("t"), absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt},
      {Unavailable(ErrorReason::kAuditUnavailable, "t"), absl::StatusCode::kUnavailable,
       ErrorReason::kAuditUnavailable},
      {Internal(ErrorReason::kCrypto, "t"), absl::StatusCode::kInternal, ErrorReason::kCrypto},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.status.code(), c.code);
    EXPECT_EQ(ReasonOf(c.status), c.reason);
    EXPECT_EQ(c.status.message(), "t");
  }
  EXPECT_EQ(FieldOf(cases[0].status), "card.number");
  EXPECT_EQ(FieldOf(cases[1].status), "");
  EXPECT_EQ(FieldOf(cases[2].status), "payment_id");
}

TEST(StatusTest, EveryReasonComesBack) {
  for (int i = 0; i <= static_cast<int>(ErrorReason::kConflict); ++i) {
    const auto reason = static_cast<ErrorReason>(i);
    EXPECT_EQ(ReasonOf(Internal(reason, "t")), reason);
  }
}

TEST(StatusTest, ForeignStatusHasNoReasonAndNoField) {
  absl::Status status = absl::InternalError("from a library");
  EXPECT_EQ(ReasonOf(status), ErrorReason::kUnspecified);
  EXPECT_EQ(FieldOf(status), "");
  status.SetPayload("cardvault/reason", absl::Cord("NO_SUCH_REASON"));
  status.SetPayload("cardvault/field", absl::Cord("no.field.of.ours"));
  EXPECT_EQ(ReasonOf(status), ErrorReason::kUnspecified);
  EXPECT_EQ(FieldOf(status), "");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), ErrorReason::kUnspecified);
}

TEST(StatusTest, FieldOutlivesItsStatus) {
  absl::string_view field;
  {
    const absl::Status status =
        InvalidArgument(ErrorReason::kFieldInvalid, "a.field.that.outlives", "t");
    field = FieldOf(status);
  }
  EXPECT_EQ(field, "a.field.that.outlives");
}

TEST(StatusTest, WithFieldRenamesTheFieldAndNothingElse) {
  const absl::Status original =
      InvalidArgument(ErrorReason::kExpiryInvalid, "card.expiry_month", "t");
  const absl::Status renamed = WithField(original, "update.expiry_month");
  EXPECT_EQ(FieldOf(renamed), "update.expiry_month");
  EXPECT_EQ(ReasonOf(renamed), ErrorReason::kExpiryInvalid);
  EXPECT_EQ(FieldOf(original), "card.expiry_month");
  EXPECT_TRUE(WithField(absl::OkStatus(), "x").ok());
}

TEST(StatusTest, FieldsAreFoundFromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 1'000; ++j) {
        EXPECT_EQ(FieldOf(InvalidArgument(ErrorReason::kIdInvalid, "thread.a", "t")), "thread.a");
        EXPECT_EQ(FieldOf(InvalidArgument(ErrorReason::kIdInvalid, "thread.b", "t")), "thread.b");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

absl::Status ReturnsEarly(const absl::Status& status, bool& reached) {
  RETURN_IF_ERROR(status);
  reached = true;
  return absl::OkStatus();
}

absl::StatusOr<int> AddsOne(absl::StatusOr<int> value) {
  ASSIGN_OR_RETURN(const int number, std::move(value));
  return number + 1;
}

TEST(StatusMacrosTest, ReturnIfErrorReturnsTheSameStatus) {
  bool reached = false;
  const absl::Status status = ReturnsEarly(NotFound(ErrorReason::kNotFound, "t"), reached);
  EXPECT_EQ(ReasonOf(status), ErrorReason::kNotFound);
  EXPECT_FALSE(reached);
  EXPECT_TRUE(ReturnsEarly(absl::OkStatus(), reached).ok());
  EXPECT_TRUE(reached);
}

TEST(StatusMacrosTest, AssignOrReturnGivesValueOrStatus) {
  EXPECT_EQ(AddsOne(1).value(), 2);
  EXPECT_EQ(ReasonOf(AddsOne(Internal(ErrorReason::kCrypto, "t")).status()), ErrorReason::kCrypto);
}

}  // namespace
}  // namespace cardvault
