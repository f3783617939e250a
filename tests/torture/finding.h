#ifndef CARDVAULT_TESTS_TORTURE_FINDING_H_
#define CARDVAULT_TESTS_TORTURE_FINDING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::torture {

// One thing that may not be.
struct Finding {
  enum class Kind { kPostedTwice, kLost, kWrong };  // the gravest first
  Kind kind = Kind::kWrong;
  std::string text;       // names the payment
  bool may_pass = false;  // the reconciler may still put it right
};

// What the threads of a run found. Thread-safe.
class Findings final {
 public:
  void Add(Finding finding) {
    absl::MutexLock lock(&mutex_);
    all_.push_back(std::move(finding));
  }
  void AddWrong(std::string text) { Add({Finding::Kind::kWrong, std::move(text)}); }
  void AddLost(std::string text) { Add({Finding::Kind::kLost, std::move(text)}); }

  std::vector<Finding> all() const {
    absl::MutexLock lock(&mutex_);
    return all_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<Finding> all_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_FINDING_H_
