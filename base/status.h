#ifndef CARDVAULT_BASE_STATUS_H_
#define CARDVAULT_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/error_text.h"

namespace cardvault {

// The only makers of error statuses below `server`. A status holds a literal text, a reason and,
// where one field is at fault, the literal name of that field; never a value. Thread-safe.
absl::Status InvalidArgument(ErrorReason reason, FieldName field, ErrorText text);
absl::Status NotFound(ErrorReason reason, ErrorText text);
absl::Status AlreadyExists(ErrorReason reason, FieldName field, ErrorText text);
absl::Status Aborted(ErrorReason reason, ErrorText text);
absl::Status FailedPrecondition(ErrorReason reason, ErrorText text);
absl::Status PermissionDenied(ErrorReason reason, ErrorText text);
absl::Status Unauthenticated(ErrorText text);
absl::Status Unimplemented(ErrorReason reason, ErrorText text);
absl::Status ResourceExhausted(ErrorReason reason, ErrorText text);
absl::Status DataLoss(ErrorText text);  // reason RECORD_CORRUPT
absl::Status Unavailable(ErrorReason reason, ErrorText text);
absl::Status Internal(ErrorReason reason, ErrorText text);

// What the makers above put in; kUnspecified and "" for a status made elsewhere.
ErrorReason ReasonOf(const absl::Status& status);
absl::string_view FieldOf(const absl::Status& status);

// The same status speaking of another field: for code that checks a value without knowing the name
// under which the caller sent it.
absl::Status WithField(const absl::Status& status, FieldName field);

}  // namespace cardvault

#define CV_CONCAT_INNER(a, b) a##b
#define CV_CONCAT(a, b) CV_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expr` is not OK.
#define RETURN_IF_ERROR(expr)                                               \
  do {                                                                      \
    if (absl::Status cv_status = (expr); !cv_status.ok()) return cv_status; \
  } while (false)

// `ASSIGN_OR_RETURN(auto x, F());`: declares or assigns from a StatusOr, or returns its status.
#define ASSIGN_OR_RETURN(lhs, expr) CV_ASSIGN_OR_RETURN(CV_CONCAT(cv_or_, __LINE__), lhs, expr)
#define CV_ASSIGN_OR_RETURN(tmp, lhs, expr)      \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

#endif  // CARDVAULT_BASE_STATUS_H_
