#include "forwarder/delayed_work.h"

#include <algorithm>
#include <utility>

namespace cardvault {
namespace {

// Abseil waits by the wall clock; after so long it is asked anew how much is left.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

DelayedWork::DelayedWork() : thread_([this] { Run(); }) {}

DelayedWork::~DelayedWork() { Stop(); }

void DelayedWork::After(absl::Duration delay, Work work) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      waiting_.emplace(Steady::now() + absl::ToChronoNanoseconds(delay), std::move(work));
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
    const Steady::time_point next =
        waiting_.empty() ? Steady::time_point::max() : waiting_.begin()->first;
    const auto changed = [this, next]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stopping_ || (!waiting_.empty() && waiting_.begin()->first < next);
    };
    const absl::Duration left =
        waiting_.empty() ? kLongestWait : absl::FromChrono(next - Steady::now());
    mutex_.AwaitWithTimeout(absl::Condition(&changed), std::min(left, kLongestWait));
    if (stopping_ && waiting_.empty()) return;
    if (waiting_.empty() || (!stopping_ && waiting_.begin()->first > Steady::now())) continue;
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
