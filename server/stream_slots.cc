#include "server/stream_slots.h"

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<StreamSlots::Slot> StreamSlots::Take(const std::string& identity) {
  absl::MutexLock lock(&mutex_);
  if (taken_.contains(identity)) {
    return ResourceExhausted(ErrorReason::kLimit,
                             "this identity has a call of this kind under way already");
  }
  if (taken_.size() >= max_count_) {
    return ResourceExhausted(ErrorReason::kLimit, "too many calls of this kind are under way");
  }
  taken_.insert(identity);
  return Slot(nullptr, [this, identity](void*) { Leave(identity); });
}

void StreamSlots::Leave(const std::string& identity) {
  absl::MutexLock lock(&mutex_);
  taken_.erase(identity);
}

}  // namespace cardvault
