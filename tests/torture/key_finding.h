#ifndef CARDVAULT_TESTS_TORTURE_KEY_FINDING_H_
#define CARDVAULT_TESTS_TORTURE_KEY_FINDING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::torture {

// One thing that may not be after keys were replaced.
struct KeyFinding {
  enum class Kind {
    kUnreadable,   // a card that does not open, or will not once its key is destroyed
    kDuplicated,   // a card that is kept twice
    kNonceReused,  // a key that sealed two things with one nonce
  };
  Kind kind = Kind::kUnreadable;
  std::string text;  // names the token or the key; no digit of a card
};

// What the threads of a run found. Thread-safe.
class KeyFindings final {
 public:
  void Add(KeyFinding::Kind kind, std::string text) {
    absl::MutexLock lock(&mutex_);
    all_.push_back({kind, std::move(text)});
  }
  void AddUnreadable(std::string text) { Add(KeyFinding::Kind::kUnreadable, std::move(text)); }
  void AddDuplicated(std::string text) { Add(KeyFinding::Kind::kDuplicated, std::move(text)); }

  std::vector<KeyFinding> all() const {
    absl::MutexLock lock(&mutex_);
    return all_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<KeyFinding> all_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_KEY_FINDING_H_
