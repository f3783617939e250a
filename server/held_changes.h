#ifndef CARDVAULT_SERVER_HELD_CHANGES_H_
#define CARDVAULT_SERVER_HELD_CHANGES_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "server/stored_change.h"

namespace cardvault {

// More wait for nobody: all of them are one admission.
inline constexpr size_t kMaxHeldChanges = 8;

// Proposals on a store to which nothing may be written because it is not admitted: in memory alone,
// and lost with the process. The one that is approved is stored by its own effect. Thread-safe.
class HeldChanges final {
 public:
  // RESOURCE_EXHAUSTED (LIMIT) when kMaxHeldChanges are open that have not expired at `now`; others
  // are dropped.
  absl::Status Hold(const StoredChange& change, const AuditOrigin& proposer, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::optional<StoredChange> Find(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<StoredChange> All() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Who proposed it, as the entry of the proposal says it. The change must be held.
  AuditOrigin ProposerOf(absl::string_view id) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes a held one over as it is now.
  void Update(const StoredChange& change) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Held {
    StoredChange change;
    AuditOrigin proposer;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, Held> changes_ ABSL_GUARDED_BY(mutex_);  // by id
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_HELD_CHANGES_H_
