#ifndef CARDVAULT_KEYS_PKCS11_SESSION_POOL_H_
#define CARDVAULT_KEYS_PKCS11_SESSION_POOL_H_

#include <p11-kit-1/p11-kit/pkcs11.h>

#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// For reading and writing: some modules (CloudHSM's) open no others.
inline constexpr CK_FLAGS kSessionFlags = CKF_SERIAL_SESSION | CKF_RW_SESSION;

// The sessions of one slot: each serves one operation at a time. They are opened when they are
// wanted and kept open. Thread-safe.
class SessionPool final {
 public:
  // As many operations at once. Keys are wrapped by the handful, at start and when one rotates; and
  // partitions of network HSMs share a few dozen sessions among all who use them.
  static constexpr size_t kMaxSessions = 8;

  SessionPool(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot)
      : functions_(functions), slot_(slot) {}
  SessionPool(const SessionPool&) = delete;
  SessionPool& operator=(const SessionPool&) = delete;
  ~SessionPool();  // all were given back or dropped

  // Waits for one while as many as may be are out; a token that has no more sessions than are open
  // sets that number.
  CK_RV Take(CK_SESSION_HANDLE& session);
  void GiveBack(CK_SESSION_HANDLE session);
  // Closes one in which something failed: an operation may still be active in it.
  void Drop(CK_SESSION_HANDLE session);
  // Of a module that was initialised anew: the sessions are gone, and are not closed.
  void Forget();

 private:
  bool MayTake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !idle_.empty() || open_count_ < limit_;
  }

  const CK_FUNCTION_LIST& functions_;
  const CK_SLOT_ID slot_;

  // Held while sessions are opened and closed too: SoftHSM 2.6 takes the close of the last one and
  // an open at the same time for a logout of both.
  absl::Mutex mutex_;
  std::vector<CK_SESSION_HANDLE> idle_ ABSL_GUARDED_BY(mutex_);
  size_t open_count_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t limit_ ABSL_GUARDED_BY(mutex_) = kMaxSessions;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_PKCS11_SESSION_POOL_H_
