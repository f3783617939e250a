#include "forwarder/delayed_work.h"

#include <utility>

#include "absl/time/clock.h"

namespace cardvault {

DelayedWork::DelayedWork() : thread_([this] { Run(); }) {}

DelayedWork::~DelayedWork() { Stop(); }

void DelayedWork::After(absl::Duration delay, Work work) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      waiting_.emplace(absl::Now() + delay, std::move(work));
      return;
    }
  }
  std::move(work)(true);
}

void DelayedWork::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void DelayedWork::Run() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    const absl::Time next = waiting_.empty() ? absl::InfiniteFuture() : waiting_.begin()->first;
    const auto changed = [this, next]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stopping_ || (!waiting_.empty() && waiting_.begin()->first < next);
    };
    mutex_.AwaitWithDeadline(absl::Condition(&changed), next);
    if (stopping_ && waiting_.empty()) return;
    if (waiting_.empty() || (!stopping_ && waiting_.begin()->first > absl::Now())) continue;
    Work work = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    const bool stopping = stopping_;
    mutex_.Unlock();
    std::move(work)(stopping);
    work = nullptr;  // freed outside the lock
    mutex_.Lock();
  }
}

}  // namespace cardvault
