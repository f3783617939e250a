#ifndef CARDVAULT_VAULT_ENGINE_TESTING_INTERRUPTED_ENGINE_H_
#define CARDVAULT_VAULT_ENGINE_TESTING_INTERRUPTED_ENGINE_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// Passes everything to another engine, and lets something happen between two reads: a test that
// goes through all of them has every order in which a call's reads and that can fall. Thread-safe.
class InterruptedEngine final : public Engine {
 public:
  explicit InterruptedEngine(Engine& engine) : engine_(engine) {}  // must outlive this

  // Before the `nth` Get or Scan from now on (from 1) `interruption` runs, once, on the thread that
  // reads.
  void InterruptBefore(int nth, std::function<void()> interruption) {
    absl::MutexLock lock(&mutex_);
    reads_left_ = nth;
    interruption_ = std::move(interruption);
  }
  // Whether it still waits; from now on it does not.
  bool Disarm() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(interruption_, nullptr) != nullptr;
  }

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override {
    NoteRead();
    return engine_.Get(table, key);
  }
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    NoteRead();
    return engine_.Scan(table, first_key, end_key, max_rows);
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    return engine_.Last(table);
  }
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override {
    return engine_.TakeSnapshot();
  }
  std::unique_ptr<EngineBatch> NewBatch() override { return engine_.NewBatch(); }
  absl::Status Settle() override { return engine_.Settle(); }

 private:
  void NoteRead() const {
    std::function<void()> interruption;
    {
      absl::MutexLock lock(&mutex_);
      if (interruption_ == nullptr || --reads_left_ > 0) return;
      interruption = std::exchange(interruption_, nullptr);
    }
    interruption();
  }

  Engine& engine_;
  mutable absl::Mutex mutex_;
  mutable int reads_left_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable std::function<void()> interruption_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_TESTING_INTERRUPTED_ENGINE_H_
