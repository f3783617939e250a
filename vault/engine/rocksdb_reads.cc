#include "vault/engine/rocksdb_reads.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "rocksdb/db.h"

namespace cardvault {
namespace {

constexpr size_t kRevisionSize = 8;

rocksdb::Slice ToSlice(absl::string_view view) { return {view.data(), view.size()}; }

absl::StatusOr<uint64_t> RevisionOf(const rocksdb::Slice& bytes) {
  if (bytes.size() < kRevisionSize) return DataLoss("a stored row is shorter than any row is");
  return ReadBigEndian64({bytes.data(), kRevisionSize});
}

absl::StatusOr<Row> Decode(const rocksdb::Slice& bytes) {
  Row row;
  ASSIGN_OR_RETURN(row.revision, RevisionOf(bytes));
  row.value.assign(bytes.data() + kRevisionSize, bytes.size() - kRevisionSize);
  return row;
}

absl::Status ReadError(const rocksdb::Status& status) {
  if (status.IsCorruption()) {
    return DataLoss("a stored row cannot be read back as it was written");
  }
  return Unavailable(ErrorReason::kAuditUnavailable, "the data store cannot be read");
}

}  // namespace

absl::StatusOr<std::optional<Row>> GetRow(const RocksDbDatabase& database, Table table,
                                          absl::string_view key) {
  rocksdb::PinnableSlice bytes;
  const rocksdb::Status status =
      database.db().Get(rocksdb::ReadOptions(), database.handle(table), ToSlice(key), &bytes);
  if (status.IsNotFound()) return std::optional<Row>();
  if (!status.ok()) return ReadError(status);
  ASSIGN_OR_RETURN(Row row, Decode(bytes));
  return std::optional<Row>(std::move(row));
}

absl::StatusOr<std::vector<std::optional<uint64_t>>> GetRevisions(
    const RocksDbDatabase& database, Table table, const std::vector<absl::string_view>& keys) {
  std::vector<rocksdb::Slice> slices;
  for (const absl::string_view key : keys) slices.push_back(ToSlice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database.db().MultiGet(rocksdb::ReadOptions(), database.handle(table), slices.size(),
                         slices.data(), values.data(), statuses.data());
  std::vector<std::optional<uint64_t>> revisions(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return ReadError(statuses[i]);
    ASSIGN_OR_RETURN(revisions[i], RevisionOf(values[i]));
  }
  return revisions;
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
    ASSIGN_OR_RETURN(Row row, Decode(it->value()));
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
  ASSIGN_OR_RETURN(Row row, Decode(it->value()));
  return std::optional<KeyedRow>(KeyedRow{it->key().ToString(), std::move(row)});
}

}  // namespace cardvault
