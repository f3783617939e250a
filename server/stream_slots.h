#ifndef CARDVAULT_SERVER_STREAM_SLOTS_H_
#define CARDVAULT_SERVER_STREAM_SLOTS_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// Bounds long answers of one kind: one for each identity, and so many in all. Thread-safe.
class StreamSlots final {
 public:
  explicit StreamSlots(size_t max_count) : max_count_(max_count) {}

  // Free again when it dies, which must be before the slots do.
  using Slot = std::shared_ptr<void>;

  // RESOURCE_EXHAUSTED (LIMIT).
  absl::StatusOr<Slot> Take(const std::string& identity) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Leave(const std::string& identity) ABSL_LOCKS_EXCLUDED(mutex_);

  const size_t max_count_;
  absl::Mutex mutex_;
  absl::flat_hash_set<std::string> taken_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_STREAM_SLOTS_H_
