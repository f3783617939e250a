#include "vault/engine/testing/fault_injecting_engine.h"

#include <cstdint>
#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status Broken() {
  return Unavailable(ErrorReason::kAuditUnavailable, "the medium fails, as the test told it to");
}

// True when a countdown that is running comes to its end.
bool CountsDown(std::atomic<int>& countdown) {
  int left = countdown.load();
  while (left > 0) {
    if (countdown.compare_exchange_weak(left, left - 1)) return left == 1;
  }
  return false;
}

}  // namespace

class FaultInjectingEngine::Batch final : public EngineBatch {
 public:
  Batch(FaultInjectingEngine& owner, std::unique_ptr<EngineBatch> batch)
      : owner_(owner), batch_(std::move(batch)) {}

  absl::StatusOr<std::optional<size_t>> FirstBroken(
      const std::vector<Precondition>& preconditions) override {
    for (size_t i = 0; i < preconditions.size(); ++i) RETURN_IF_ERROR(owner_.CheckRead());
    return batch_->FirstBroken(preconditions);
  }
  void Put(Table table, absl::string_view key, absl::string_view value,
           uint64_t revision) override {
    batch_->Put(table, key, value, revision);
  }
  void Delete(Table table, absl::string_view key) override { batch_->Delete(table, key); }

  absl::Status Commit() override {
    ++owner_.commit_count_;
    if (owner_.broken_) return Broken();
    if (!CountsDown(owner_.fail_commit_in_)) return batch_->Commit();
    if (owner_.commit_fault_ == CommitFault::kWritten) RETURN_IF_ERROR(batch_->Commit());
    return Broken();
  }

 private:
  FaultInjectingEngine& owner_;
  const std::unique_ptr<EngineBatch> batch_;
};

void FaultInjectingEngine::FailCommit(int nth, CommitFault fault) {
  commit_fault_ = fault;
  fail_commit_in_ = nth;
}

void FaultInjectingEngine::FailRead(int nth) { fail_read_in_ = nth; }

absl::Status FaultInjectingEngine::CheckRead() const {
  if (broken_) return Broken();
  if (CountsDown(fail_read_in_)) return DataLoss("the row is damaged, as the test told it to be");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Row>> FaultInjectingEngine::Get(Table table,
                                                             absl::string_view key) const {
  RETURN_IF_ERROR(CheckRead());
  return engine_.Get(table, key);
}

absl::StatusOr<std::vector<KeyedRow>> FaultInjectingEngine::Scan(Table table,
                                                                 absl::string_view first_key,
                                                                 absl::string_view end_key,
                                                                 size_t max_rows) const {
  RETURN_IF_ERROR(CheckRead());
  return engine_.Scan(table, first_key, end_key, max_rows);
}

absl::StatusOr<std::optional<KeyedRow>> FaultInjectingEngine::Last(Table table) const {
  RETURN_IF_ERROR(CheckRead());
  return engine_.Last(table);
}

absl::StatusOr<std::unique_ptr<EngineSnapshot>> FaultInjectingEngine::TakeSnapshot() const {
  RETURN_IF_ERROR(CheckRead());
  return engine_.TakeSnapshot();
}

std::unique_ptr<EngineBatch> FaultInjectingEngine::NewBatch() {
  return std::make_unique<Batch>(*this, engine_.NewBatch());
}

absl::Status FaultInjectingEngine::Settle() {
  ++settle_count_;
  if (broken_) return Broken();
  return engine_.Settle();
}

}  // namespace cardvault
