#include "audit/audited_status.h"

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "base/check.h"

namespace cardvault {
namespace {

constexpr absl::string_view kAuditedUrl = "cardvault/audited";

}  // namespace

absl::Status MarkAudited(absl::Status status) {
  CV_CHECK(!status.ok());
  status.SetPayload(kAuditedUrl, absl::Cord());
  return status;
}

bool IsAudited(const absl::Status& status) { return status.GetPayload(kAuditedUrl).has_value(); }

}  // namespace cardvault
