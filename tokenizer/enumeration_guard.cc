#include "tokenizer/enumeration_guard.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "keys/key_purpose.h"

namespace cardvault {
namespace {

using storage::v1::EnumerationRow;
using Entries = google::protobuf::RepeatedPtrField<EnumerationRow::Seen>;

absl::Status Refused() {
  return ResourceExhausted(
      ErrorReason::kEnumeration,
      "too many card numbers that share their first and last digits within the window");
}

bool Has(const Entries& entries, const std::vector<std::string>& macs) {
  return std::any_of(entries.begin(), entries.end(), [&](const EnumerationRow::Seen& entry) {
    return std::find(macs.begin(), macs.end(), entry.pan_mac()) != macs.end();
  });
}

void Add(const EnumerationGuard::PanMacs& pan, absl::Time now, Entries& entries) {
  EnumerationRow::Seen& added = *entries.Add();
  added.set_pan_mac(pan.macs.front());
  added.set_time_micros(absl::ToUnixMicros(now));
  added.set_key_version(pan.active_version);
}

}  // namespace

absl::Status EnumerationGuard::Admit(RowPlaces row_keys, const PanMacs& pan, absl::Time now,
                                     WriteSet& set) const {
  CV_CHECK(!pan.macs.empty());
  ASSIGN_OR_RETURN(const std::optional<StoredEnumeration> stored,
                   FindEnumeration(engine_, row_keys));
  EnumerationRow row;
  if (stored.has_value()) row = WithinWindow(stored->row, window_, now);
  if (row.refused_size() >= limit_) return Refused();
  if (Has(row.seen(), pan.macs)) {
    HoldEnumeration(row_keys, stored, set);
    return absl::OkStatus();
  }
  const bool has_room = row.seen_size() < limit_;
  if (!has_room && Has(row.refused(), pan.macs)) return Refused();
  Add(pan, now, has_room ? *row.mutable_seen() : *row.mutable_refused());
  set.sealed_under.push_back({KeyPurpose::kFingerprint, pan.active_version});
  PutEnumeration(row_keys, stored, std::move(row), window_, set);
  return has_room ? absl::OkStatus() : Refused();
}

absl::Status EnumerationGuard::CheckUnlocked(RowPlaces row_keys, absl::Time now,
                                             WriteSet& set) const {
  ASSIGN_OR_RETURN(const std::optional<StoredEnumeration> stored,
                   FindEnumeration(engine_, row_keys));
  if (stored.has_value() && WithinWindow(stored->row, window_, now).refused_size() >= limit_) {
    return Refused();
  }
  HoldEnumeration(row_keys, stored, set);
  return absl::OkStatus();
}

}  // namespace cardvault
