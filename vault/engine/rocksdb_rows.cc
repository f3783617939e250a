#include "vault/engine/rocksdb_rows.h"

#include <memory>
#include <utility>

#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "rocksdb/db.h"
#include "rocksdb/iterator.h"

namespace cardvault {

absl::StatusOr<uint64_t> RevisionIn(const rocksdb::Slice& bytes) {
  if (bytes.size() < kRevisionSize) return DataLoss("a stored row is shorter than any row is");
  return ReadBigEndian64({bytes.data(), kRevisionSize});
}

absl::StatusOr<Row> DecodeRow(const rocksdb::Slice& bytes) {
  Row row;
  ASSIGN_OR_RETURN(row.revision, RevisionIn(bytes));
  row.value.assign(bytes.data() + kRevisionSize, bytes.size() - kRevisionSize);
  return row;
}

absl::Status ReadError(const rocksdb::Status& status) {
  if (status.IsCorruption()) {
    return DataLoss("a stored row cannot be read back as it was written");
  }
  return Unavailable(ErrorReason::kAuditUnavailable, "the data store cannot be read");
}

absl::StatusOr<std::vector<KeyedRow>> ScanRows(const RocksDbDatabase& database,
                                               rocksdb::ReadOptions read, Table table,
                                               absl::string_view first_key,
                                               absl::string_view end_key, size_t max_rows) {
  const rocksdb::Slice end = ToSlice(end_key);
  if (!end_key.empty()) read.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(read, database.handle(table)));
  std::vector<KeyedRow> found;
  for (it->Seek(ToSlice(first_key)); it->Valid() && found.size() < max_rows; it->Next()) {
    ASSIGN_OR_RETURN(Row row, DecodeRow(it->value()));
    found.push_back({it->key().ToString(), std::move(row)});
  }
  if (!it->status().ok()) return ReadError(it->status());
  return found;
}

absl::StatusOr<std::optional<KeyedRow>> LastRow(const RocksDbDatabase& database,
                                                const rocksdb::ReadOptions& read, Table table) {
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(read, database.handle(table)));
  it->SeekToLast();
  if (!it->status().ok()) return ReadError(it->status());
  if (!it->Valid()) return std::optional<KeyedRow>();
  ASSIGN_OR_RETURN(Row row, DecodeRow(it->value()));
  return std::optional<KeyedRow>(KeyedRow{it->key().ToString(), std::move(row)});
}

}  // namespace cardvault
