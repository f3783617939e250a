#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_ROWS_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/options.h"
#include "rocksdb/slice.h"
#include "rocksdb/status.h"
#include "vault/engine/engine.h"
#include "vault/engine/rocksdb_database.h"
#include "vault/engine/table.h"

namespace cardvault {

// Rows as RocksDB has them: the revision in eight bytes, big-endian, then the value. For this
// folder alone. All functions are thread-safe.

inline constexpr size_t kRevisionSize = 8;

inline rocksdb::Slice ToSlice(absl::string_view view) { return {view.data(), view.size()}; }

// DATA_LOSS for bytes that are no row.
absl::StatusOr<Row> DecodeRow(const rocksdb::Slice& bytes);
absl::StatusOr<uint64_t> RevisionIn(const rocksdb::Slice& bytes);

// DATA_LOSS, or UNAVAILABLE when the medium fails.
absl::Status ReadError(const rocksdb::Status& status);

// From so many rows in order on, rows are walked along instead of looked up one by one; a gap of
// more rows than kMaxSteps is jumped over: about what a look-up costs, in steps.
inline constexpr size_t kMinRun = 16;
inline constexpr int kMaxSteps = 4;

// The revisions of the rows at `keys`, each nullopt where there is none. With `are_there` most of
// them are expected to be there.
absl::StatusOr<std::vector<std::optional<uint64_t>>> RevisionsOf(
    const RocksDbDatabase& database, Table table, const std::vector<rocksdb::Slice>& keys,
    bool are_there);

// As Engine::Get, Scan and Last.
absl::StatusOr<std::optional<Row>> GetRow(const RocksDbDatabase& database, Table table,
                                          absl::string_view key);
absl::StatusOr<std::vector<KeyedRow>> ScanRows(const RocksDbDatabase& database,
                                               rocksdb::ReadOptions read, Table table,
                                               absl::string_view first_key,
                                               absl::string_view end_key, size_t max_rows);
absl::StatusOr<std::optional<KeyedRow>> LastRow(const RocksDbDatabase& database,
                                                const rocksdb::ReadOptions& read, Table table);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_ROWS_H_
