#ifndef CARDVAULT_SANDBOX_NONCE_REGISTER_H_
#define CARDVAULT_SANDBOX_NONCE_REGISTER_H_

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::sandbox {

// Remembers the nonces of signed requests for as long as a request with one of them would not be
// refused for its age.
//
// Thread-safe.
class NonceRegister {
 public:
  // `memory_ms`: how long a nonce is remembered; at least the validity of a timestamp.
  explicit NonceRegister(int64_t memory_ms) : memory_ms_(memory_ms) {}

  // Takes `nonce` at the time `now_ms`; false when it was taken before.
  bool Take(absl::string_view nonce, int64_t now_ms);

 private:
  const int64_t memory_ms_;
  absl::Mutex mutex_;
  std::set<std::string> taken_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<int64_t, std::string>> by_time_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_NONCE_REGISTER_H_
