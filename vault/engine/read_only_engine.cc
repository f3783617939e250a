#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "vault/engine/rocksdb_database.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/rocksdb_rows.h"

namespace cardvault {
namespace {

// A copy is read once and through: little of it is asked for again.
constexpr size_t kBlockCacheBytes = size_t{8} << 20;
constexpr size_t kWriteBufferBytes = size_t{16} << 20;  // nothing is written

// Is handed out as const: what writes cannot be called.
class ReadOnlyEngine final : public Engine {
 public:
  explicit ReadOnlyEngine(std::unique_ptr<RocksDbDatabase> database)
      : database_(std::move(database)) {}

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override {
    return GetRow(*database_, table, key);
  }
  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    return ScanRows(*database_, rocksdb::ReadOptions(), table, first_key, end_key, max_rows);
  }
  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    return LastRow(*database_, rocksdb::ReadOptions(), table);
  }
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override {
    return std::make_unique<Snapshot>(*this);
  }
  std::unique_ptr<EngineBatch> NewBatch() override { CV_CHECK(false); }
  absl::Status Settle() override { CV_CHECK(false); }

 private:
  // Nothing changes anyhow.
  class Snapshot final : public EngineSnapshot {
   public:
    explicit Snapshot(const Engine& engine) : engine_(engine) {}

    absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                               absl::string_view end_key,
                                               size_t max_rows) const override {
      return engine_.Scan(table, first_key, end_key, max_rows);
    }
    absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
      return engine_.Last(table);
    }

   private:
    const Engine& engine_;
  };

  const std::unique_ptr<RocksDbDatabase> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Engine>> OpenReadOnlyEngine(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<RocksDbDatabase> database,
                   RocksDbDatabase::OpenForReading({path, kBlockCacheBytes, kWriteBufferBytes},
                                                   rocksdb::Env::Default()));
  return std::unique_ptr<const Engine>(std::make_unique<ReadOnlyEngine>(std::move(database)));
}

}  // namespace cardvault
