#include "base/status.h"

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/cord.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"

namespace cardvault {
namespace {

constexpr absl::string_view kReasonUrl = "cardvault/reason";
constexpr absl::string_view kFieldUrl = "cardvault/field";

// The last reason of the enum: ReasonOf walks up to it.
constexpr ErrorReason kLastReason = ErrorReason::kConflict;

// The field names that were ever put into a status. A payload is a copy of the text, so FieldOf
// finds the literal again here and can return a view that never dies. Bounded: only compile-time
// literals come in.
class FieldNames final {
 public:
  void Add(absl::string_view literal) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      if (names_.contains(literal)) return;
    }
    absl::MutexLock lock(&mutex_);
    names_.insert(literal);
  }

  // "" for a name that nobody added.
  absl::string_view Find(absl::string_view text) const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::ReaderMutexLock lock(&mutex_);
    const auto it = names_.find(text);
    return it == names_.end() ? absl::string_view() : *it;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<absl::string_view> names_ ABSL_GUARDED_BY(mutex_);
};

FieldNames& KnownFields() {
  static FieldNames* const names = new FieldNames;  // never destroyed
  return *names;
}

absl::Status Make(absl::StatusCode code, ErrorReason reason, ErrorText text) {
  absl::Status status(code, text.view());
  const absl::string_view name = ReasonName(reason);
  if (!name.empty()) status.SetPayload(kReasonUrl, absl::Cord(name));
  return status;
}

void SetField(absl::Status& status, FieldName field) {
  if (field.view().empty()) return;
  KnownFields().Add(field.view());
  status.SetPayload(kFieldUrl, absl::Cord(field.view()));
}

}  // namespace

absl::Status InvalidArgument(ErrorReason reason, FieldName field, ErrorText text) {
  absl::Status status = Make(absl::StatusCode::kInvalidArgument, reason, text);
  SetField(status, field);
  return status;
}

absl::Status NotFound(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kNotFound, reason, text);
}

absl::Status AlreadyExists(ErrorReason reason, FieldName field, ErrorText text) {
  absl::Status status = Make(absl::StatusCode::kAlreadyExists, reason, text);
  SetField(status, field);
  return status;
}

absl::Status Aborted(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kAborted, reason, text);
}

absl::Status FailedPrecondition(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kFailedPrecondition, reason, text);
}

absl::Status PermissionDenied(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kPermissionDenied, reason, text);
}

absl::Status Unauthenticated(ErrorText text) {
  return Make(absl::StatusCode::kUnauthenticated, ErrorReason::kIdentity, text);
}

absl::Status Unimplemented(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kUnimplemented, reason, text);
}

absl::Status ResourceExhausted(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kResourceExhausted, reason, text);
}

absl::Status DataLoss(ErrorText text) {
  return Make(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt, text);
}

absl::Status Unavailable(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kUnavailable, reason, text);
}

absl::Status Internal(ErrorReason reason, ErrorText text) {
  return Make(absl::StatusCode::kInternal, reason, text);
}

ErrorReason ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kReasonUrl);
  if (!payload.has_value()) return ErrorReason::kUnspecified;
  for (int i = 1; i <= static_cast<int>(kLastReason); ++i) {
    const auto reason = static_cast<ErrorReason>(i);
    if (*payload == ReasonName(reason)) return reason;
  }
  return ErrorReason::kUnspecified;
}

absl::string_view FieldOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kFieldUrl);
  if (!payload.has_value()) return "";
  return KnownFields().Find(std::string(*payload));
}

absl::Status WithField(const absl::Status& status, FieldName field) {
  absl::Status result = status;
  if (!result.ok()) SetField(result, field);
  return result;
}

}  // namespace cardvault
