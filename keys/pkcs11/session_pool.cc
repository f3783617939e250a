#include "keys/pkcs11/session_pool.h"

#include "base/check.h"

namespace cardvault {

SessionPool::~SessionPool() {
  absl::MutexLock lock(&mutex_);
  CV_CHECK(idle_.size() == open_count_);
  for (const CK_SESSION_HANDLE session : idle_) functions_.C_CloseSession(session);
}

CK_RV SessionPool::Take(CK_SESSION_HANDLE& session) {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    mutex_.Await(absl::Condition(this, &SessionPool::MayTake));
    if (!idle_.empty()) {
      session = idle_.back();
      idle_.pop_back();
      return CKR_OK;
    }
    const CK_RV result = functions_.C_OpenSession(slot_, kSessionFlags, nullptr, nullptr, &session);
    if (result == CKR_OK) {
      ++open_count_;
      return CKR_OK;
    }
    if (result != CKR_SESSION_COUNT || open_count_ == 0) return result;
    limit_ = open_count_;
  }
}

void SessionPool::GiveBack(CK_SESSION_HANDLE session) {
  absl::MutexLock lock(&mutex_);
  idle_.push_back(session);
}

void SessionPool::Forget() {
  absl::MutexLock lock(&mutex_);
  idle_.clear();
  open_count_ = 0;
}

void SessionPool::Drop(CK_SESSION_HANDLE session) {
  absl::MutexLock lock(&mutex_);
  functions_.C_CloseSession(session);
  --open_count_;
}

}  // namespace cardvault
