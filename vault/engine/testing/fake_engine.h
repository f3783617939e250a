#ifndef CARDVAULT_VAULT_ENGINE_TESTING_FAKE_ENGINE_H_
#define CARDVAULT_VAULT_ENGINE_TESTING_FAKE_ENGINE_H_

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// An engine in memory, for tests of the rooms above. Thread-safe.
class FakeEngine final : public Engine {
 public:
  FakeEngine() = default;

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override;
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override;
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override;
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override;
  std::unique_ptr<EngineBatch> NewBatch() override;
  absl::Status Settle() override;

  // Writes a row past the commit pipeline: what a damaged or tampered store holds.
  void Plant(Table table, absl::string_view key, absl::string_view value, uint64_t revision);
  void Remove(Table table, absl::string_view key);

  size_t RowCount(Table table) const;

 private:
  class Batch;
  class Snapshot;
  using Rows = std::map<std::string, Row>;
  using Tables = std::array<Rows, kTableCount>;

  static std::vector<KeyedRow> ScanOf(const Rows& rows, absl::string_view first_key,
                                      absl::string_view end_key, size_t max_rows);
  static std::optional<KeyedRow> LastOf(const Rows& rows);

  mutable absl::Mutex mutex_;
  Tables tables_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_TESTING_FAKE_ENGINE_H_
