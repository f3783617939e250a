#include "sandbox/connection_threads.h"

#include <thread>
#include <utility>

namespace cardvault::sandbox {

void ConnectionThreads::enqueue(std::function<void()> serve) {
  {
    absl::MutexLock lock(&mutex_);
    const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return running_ < kThreadCountMax;
    };
    mutex_.Await(absl::Condition(&has_room));
    ++running_;
  }
  std::thread([this, serve = std::move(serve)]() mutable {
    serve();
    serve = nullptr;  // what the task holds ends before it counts as ended
    absl::MutexLock lock(&mutex_);
    --running_;
  }).detach();
}

void ConnectionThreads::shutdown() {
  const auto all_ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&all_ended));
}

}  // namespace cardvault::sandbox
