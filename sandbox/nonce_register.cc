#include "sandbox/nonce_register.h"

namespace cardvault::sandbox {

bool NonceRegister::Take(absl::string_view nonce, int64_t now_ms) {
  absl::MutexLock lock(&mutex_);
  while (!by_time_.empty() && by_time_.front().first + memory_ms_ < now_ms) {
    taken_.erase(by_time_.front().second);
    by_time_.pop_front();
  }
  if (!taken_.insert(std::string(nonce)).second) return false;
  by_time_.emplace_back(now_ms, std::string(nonce));
  return true;
}

}  // namespace cardvault::sandbox
