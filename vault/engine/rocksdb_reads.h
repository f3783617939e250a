#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_READS_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_READS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/options.h"
#include "vault/engine/engine.h"
#include "vault/engine/rocksdb_database.h"
#include "vault/engine/table.h"

namespace cardvault {

// How rows stand in RocksDB: the revision as the first eight bytes of a value, big-endian. What
// reads them, as Engine has it, for the engines of this folder alone. Thread-safe.

absl::StatusOr<std::optional<Row>> GetRow(const RocksDbDatabase& database, Table table,
                                          absl::string_view key);

// In the order of the keys; nullopt for a row that is not there.
absl::StatusOr<std::vector<std::optional<uint64_t>>> GetRevisions(
    const RocksDbDatabase& database, Table table, const std::vector<absl::string_view>& keys);

absl::StatusOr<std::vector<KeyedRow>> ScanRows(const RocksDbDatabase& database,
                                               rocksdb::ReadOptions read, Table table,
                                               absl::string_view first_key,
                                               absl::string_view end_key, size_t max_rows);

absl::StatusOr<std::optional<KeyedRow>> LastRow(const RocksDbDatabase& database,
                                                const rocksdb::ReadOptions& read, Table table);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_READS_H_
