#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_DATABASE_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_DATABASE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "vault/engine/table.h"

namespace cardvault {

// What a database is opened with; see RocksDbOptions.
struct RocksDbSettings {
  std::string path;
  size_t block_cache_size_bytes = 0;
  size_t write_buffer_size_bytes = 0;
};

// An open RocksDB database with a column family for every table. For rocksdb_engine.cc alone.
// Thread-safe.
class RocksDbDatabase final {
 public:
  // `env` must outlive the database. `make_tables`: they are not there yet, or not all. DATA_LOSS,
  // UNAVAILABLE: as OpenRocksDbEngine.
  static absl::StatusOr<std::unique_ptr<RocksDbDatabase>> Open(const RocksDbSettings& settings,
                                                               rocksdb::Env* env, bool make_tables);

  // For reading alone, as the files are now: nothing is written and no lock taken, and whoever has
  // the database open goes on. Whether they changed meanwhile is the caller's to find out.
  static absl::StatusOr<std::unique_ptr<RocksDbDatabase>> OpenForReading(
      const RocksDbSettings& settings, rocksdb::Env* env);
  ~RocksDbDatabase();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* handle(Table table) const {
    return handles_[static_cast<size_t>(table) + 1];  // the default one stands first, unused
  }

 private:
  RocksDbDatabase(rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> handles);

  const std::unique_ptr<rocksdb::DB> db_;
  const std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_DATABASE_H_
