#ifndef CARDVAULT_SERVER_LOG_FILTER_H_
#define CARDVAULT_SERVER_LOG_FILTER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "cardvault/admin/v1/audit_service.pb.h"

namespace cardvault {

// Which entries somebody wants; what is empty says nothing. Thread-compatible.
struct LogFilter {
  std::string principal;
  std::string object;
  std::optional<AuditAction> action;

  bool empty() const { return principal.empty() && object.empty() && !action.has_value(); }
  bool Matches(const AuditLeaf& leaf) const;
};

// INVALID_ARGUMENT naming the field: TEXT_INVALID, SAD_REFUSED as CheckFreeText; FIELD_INVALID for
// text that no entry can hold, and a name that is no action. Thread-safe.
absl::StatusOr<LogFilter> FilterOf(const admin::v1::ExportRequest& request);
absl::StatusOr<LogFilter> FilterOf(const admin::v1::WatchEntriesRequest& request);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_LOG_FILTER_H_
