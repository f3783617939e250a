#include "server/log_filter.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "audit/export/leaf_names.h"
#include "base/error_reason.h"
#include "base/error_text.h"
#include "base/status.h"
#include "card/free_text.h"

namespace cardvault {
namespace {

absl::Status CheckText(absl::string_view text, size_t max_size, FieldName field) {
  RETURN_IF_ERROR(CheckFreeText(text, max_size, field));
  if (std::all_of(text.begin(), text.end(), absl::ascii_isprint)) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kFieldInvalid, field, "entries hold printable ASCII alone");
}

template <typename Request>
absl::StatusOr<LogFilter> CheckedFilter(const Request& request) {
  RETURN_IF_ERROR(CheckText(request.principal(), kMaxPrincipalSize, "principal"));
  RETURN_IF_ERROR(CheckText(request.object(), kMaxObjectSize, "object"));
  LogFilter filter{request.principal(), request.object(), {}};
  if (request.action().empty()) return filter;
  filter.action = ActionNamed(request.action());
  if (filter.action.has_value()) return filter;
  return InvalidArgument(ErrorReason::kFieldInvalid, "action", "not the name of an action");
}

}  // namespace

bool LogFilter::Matches(const AuditLeaf& leaf) const {
  return (principal.empty() || leaf.origin.principal == principal) &&
         (object.empty() || leaf.object == object) &&
         (!action.has_value() || leaf.action == *action);
}

absl::StatusOr<LogFilter> FilterOf(const admin::v1::ExportRequest& request) {
  return CheckedFilter(request);
}

absl::StatusOr<LogFilter> FilterOf(const admin::v1::WatchEntriesRequest& request) {
  return CheckedFilter(request);
}

}  // namespace cardvault
