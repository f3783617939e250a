#include "base/lock_checks.h"

#include "absl/synchronization/mutex.h"

namespace cardvault {

void DropLockChecks() {
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
}

}  // namespace cardvault
