#include "server/held_changes.h"

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::Status HeldChanges::Hold(const StoredChange& change, const AuditOrigin& proposer,
                               absl::Time now) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(changes_, [now](const auto& held) {
    return !IsOpen(held.second.change.state()) || held.second.change.expire_time() <= now;
  });
  if (changes_.size() >= kMaxHeldChanges) {
    return ResourceExhausted(ErrorReason::kLimit,
                             "too many changes wait for approval: reject what nobody wants");
  }
  changes_[change.content.id()] = {change, proposer};
  return absl::OkStatus();
}

std::optional<StoredChange> HeldChanges::Find(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = changes_.find(std::string(id.data(), id.size()));
  if (found == changes_.end()) return std::nullopt;
  return found->second.change;
}

std::vector<StoredChange> HeldChanges::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<StoredChange> all;
  for (const auto& [id, held] : changes_) all.push_back(held.change);
  return all;
}

AuditOrigin HeldChanges::ProposerOf(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = changes_.find(std::string(id.data(), id.size()));
  CV_CHECK(found != changes_.end());
  return found->second.proposer;
}

void HeldChanges::Update(const StoredChange& change) {
  absl::MutexLock lock(&mutex_);
  const auto found = changes_.find(change.content.id());
  if (found != changes_.end()) found->second.change = change;
}

}  // namespace cardvault
