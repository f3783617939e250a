#ifndef CARDVAULT_VAULT_CHECKPOINT_TESTING_TEST_SINK_H_
#define CARDVAULT_VAULT_CHECKPOINT_TESTING_TEST_SINK_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "audit/sink/checkpoint_sink.h"

namespace cardvault {

// A sink in memory that fails and hangs as it is told. Its state outlives it.
class TestSink final : public CheckpointSink {
 public:
  // Thread-safe.
  class State final {
   public:
    std::vector<std::string> Notes() const;
    void Fail(bool fails);       // Append
    void FailProbe(bool fails);  // Probe
    void Hang(bool hangs);       // Append
    void LetOneGo();             // of Append, which hangs
    void AwaitHanging() const;

   private:
    friend class TestSink;

    bool MayGoOn() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !hangs_ || free_ > 0; }

    mutable absl::Mutex mutex_;
    std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
    bool fails_ ABSL_GUARDED_BY(mutex_) = false;
    bool fails_probe_ ABSL_GUARDED_BY(mutex_) = false;
    bool hangs_ ABSL_GUARDED_BY(mutex_) = false;
    int free_ ABSL_GUARDED_BY(mutex_) = 0;  // that may go on all the same
    bool is_hanging_ ABSL_GUARDED_BY(mutex_) = false;
  };

  explicit TestSink(std::shared_ptr<State> state) : state_(std::move(state)) {}

  absl::string_view kind() const override { return "test"; }
  absl::Status Append(absl::string_view note) override;
  absl::Status Probe() override;

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_TESTING_TEST_SINK_H_
