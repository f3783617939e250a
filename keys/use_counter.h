#ifndef CARDVAULT_KEYS_USE_COUNTER_H_
#define CARDVAULT_KEYS_USE_COUNTER_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace cardvault {

// The uses of one key that are reserved in the keyring document and not yet taken. Whoever
// reserves more calls Add after the document is saved, so the uses taken never pass those that are
// on disk, and a crash can only over-count (G1). Thread-safe without locks.
class UseCounter final {
 public:
  // Calls `wake` (cheap, does not block, thread-safe; may be empty) once each time what is left
  // falls to `low_water`, until the next Add.
  UseCounter(uint64_t reserved, uint64_t low_water, std::function<void()> wake);
  UseCounter(const UseCounter&) = delete;
  UseCounter& operator=(const UseCounter&) = delete;

  // Takes one use. RESOURCE_EXHAUSTED (KEY_LIMIT) when none is left; FAILED_PRECONDITION
  // (VAULT_SEALED) after Close.
  absl::Status Take();

  // `uses` more are saved. No effect after Close.
  void Add(uint64_t uses);

  uint64_t remaining() const;  // 0 after Close

  // Takes all that is left, of a key that may be used no more; what is saved over-counts then.
  void Exhaust();

  // Ends the taking for good and returns what was left: exact, so that it can be given back.
  uint64_t Close();

 private:
  static constexpr int64_t kClosed = -1;

  const int64_t low_water_;
  const std::function<void()> wake_;
  std::atomic<int64_t> remaining_;  // kClosed for ever after Close
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_USE_COUNTER_H_
