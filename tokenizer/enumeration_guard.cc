#include "tokenizer/enumeration_guard.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/records/window_rows.h"

namespace cardvault {

using storage::v1::EnumerationRow;

absl::Status EnumerationGuard::Admit(const std::string& row_key,
                                     absl::Span<const std::string> pan_macs, absl::Time now,
                                     WriteSet& set) const {
  CV_CHECK(!pan_macs.empty());
  ASSIGN_OR_RETURN(const std::optional<StoredEnumeration> stored,
                   FindEnumeration(engine_, row_key));
  EnumerationRow fresh;
  if (stored.has_value()) {
    for (const EnumerationRow::Seen& seen : stored->row.seen()) {
      if (absl::FromUnixMicros(seen.time_micros()) + window_ <= now) continue;
      if (std::find(pan_macs.begin(), pan_macs.end(), seen.pan_mac()) != pan_macs.end()) {
        return absl::OkStatus();  // nothing to count, nothing to write
      }
      *fresh.add_seen() = seen;
    }
  }
  if (fresh.seen_size() >= limit_) {
    return ResourceExhausted(
        ErrorReason::kEnumeration,
        "too many card numbers that share their first and last digits within the window");
  }
  EnumerationRow::Seen& added = *fresh.add_seen();
  added.set_pan_mac(pan_macs.front());
  added.set_time_micros(absl::ToUnixMicros(now));
  PutEnumeration(row_key, stored, std::move(fresh), absl::ToUnixMicros(now + window_), set);
  return absl::OkStatus();
}

}  // namespace cardvault
