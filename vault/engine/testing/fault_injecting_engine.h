#ifndef CARDVAULT_VAULT_ENGINE_TESTING_FAULT_INJECTING_ENGINE_H_
#define CARDVAULT_VAULT_ENGINE_TESTING_FAULT_INJECTING_ENGINE_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// Passes everything to another engine and fails when told to. Thread-safe.
class FaultInjectingEngine final : public Engine {
 public:
  enum class CommitFault {
    kNotWritten,  // nothing of the batch is there
    kWritten,     // all of it is there, and the error is reported all the same
  };

  explicit FaultInjectingEngine(Engine& engine) : engine_(engine) {}  // must outlive this

  // The `nth` (from 1) operation from now on fails, once.
  void FailCommit(int nth, CommitFault fault);
  // Get, Scan, Last, TakeSnapshot and EngineBatch::FirstBroken; DATA_LOSS.
  void FailRead(int nth);
  // Everything fails from now on, as a device that is gone, until Mend.
  void Break() { broken_ = true; }
  void Mend() { broken_ = false; }

  int commit_count() const { return commit_count_; }
  int settle_count() const { return settle_count_; }

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override;
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override;
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override;
  // What is taken is the other engine's own: its reads do not fail.
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override;
  std::unique_ptr<EngineBatch> NewBatch() override;
  absl::Status Settle() override;

 private:
  class Batch;

  absl::Status CheckRead() const;

  Engine& engine_;
  std::atomic<bool> broken_ = false;
  std::atomic<int> commit_count_ = 0;
  std::atomic<int> settle_count_ = 0;
  std::atomic<int> fail_commit_in_ = 0;
  std::atomic<CommitFault> commit_fault_ = CommitFault::kNotWritten;
  mutable std::atomic<int> fail_read_in_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_TESTING_FAULT_INJECTING_ENGINE_H_
