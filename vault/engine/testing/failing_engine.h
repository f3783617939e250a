#ifndef CARDVAULT_VAULT_ENGINE_TESTING_FAILING_ENGINE_H_
#define CARDVAULT_VAULT_ENGINE_TESTING_FAILING_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// An engine whose every operation fails with one status. Thread-safe.
class FailingEngine final : public Engine {
 public:
  explicit FailingEngine(absl::Status status) : status_(std::move(status)) {}

  absl::StatusOr<std::optional<Row>> Get(Table, absl::string_view) const override {
    return status_;
  }
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table, absl::string_view, absl::string_view,
                                             size_t) const override {
    return status_;
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table) const override { return status_; }
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override { return status_; }
  std::unique_ptr<EngineBatch> NewBatch() override { return std::make_unique<Batch>(status_); }
  absl::Status Settle() override { return status_; }

 private:
  class Batch final : public EngineBatch {
   public:
    explicit Batch(absl::Status status) : status_(std::move(status)) {}
    absl::StatusOr<std::optional<size_t>> FirstBroken(const std::vector<Precondition>&) override {
      return status_;
    }
    void Put(Table, absl::string_view, absl::string_view, uint64_t) override {}
    void Delete(Table, absl::string_view) override {}
    absl::Status Commit() override { return status_; }

   private:
    const absl::Status status_;
  };

  const absl::Status status_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_TESTING_FAILING_ENGINE_H_
