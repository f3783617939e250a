#include "vault/engine/rocksdb_rows.h"

#include <memory>
#include <utility>

#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "rocksdb/db.h"
#include "rocksdb/iterator.h"

namespace cardvault {
namespace {

using Revisions = std::vector<std::optional<uint64_t>>;

bool IsRun(const std::vector<rocksdb::Slice>& keys) {
  for (size_t i = 1; i < keys.size(); ++i) {
    if (keys[i - 1].compare(keys[i]) >= 0) return false;
  }
  return keys.size() >= kMinRun;
}

absl::StatusOr<Revisions> LookUpEach(const RocksDbDatabase& database, Table table,
                                     const std::vector<rocksdb::Slice>& keys) {
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database.db().MultiGet(rocksdb::ReadOptions(), database.handle(table), keys.size(), keys.data(),
                         values.data(), statuses.data());
  Revisions revisions(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return ReadError(statuses[i]);
    ASSIGN_OR_RETURN(revisions[i], RevisionIn(values[i]));
  }
  return revisions;
}

// A step costs a fraction of a look-up.
absl::StatusOr<Revisions> WalkAlong(const RocksDbDatabase& database, Table table,
                                    const std::vector<rocksdb::Slice>& keys) {
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(rocksdb::ReadOptions(), database.handle(table)));
  Revisions revisions(keys.size());
  it->Seek(keys.front());
  for (size_t i = 0; i < keys.size() && it->Valid(); ++i) {
    for (int steps = 0; it->Valid() && it->key().compare(keys[i]) < 0; ++steps) {
      if (steps < kMaxSteps) {
        it->Next();
      } else {
        it->Seek(keys[i]);
      }
    }
    if (!it->Valid() || it->key() != keys[i]) continue;
    ASSIGN_OR_RETURN(revisions[i], RevisionIn(it->value()));
  }
  if (!it->status().ok()) return ReadError(it->status());
  return revisions;
}

}  // namespace

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

absl::StatusOr<Revisions> RevisionsOf(const RocksDbDatabase& database, Table table,
                                      const std::vector<rocksdb::Slice>& keys, bool are_there) {
  // A filter says of a row that is not there that it is not; a walk would have to look.
  return are_there && IsRun(keys) ? WalkAlong(database, table, keys)
                                  : LookUpEach(database, table, keys);
}

absl::StatusOr<std::optional<Row>> GetRow(const RocksDbDatabase& database, Table table,
                                          absl::string_view key) {
  rocksdb::PinnableSlice bytes;
  const rocksdb::Status status =
      database.db().Get(rocksdb::ReadOptions(), database.handle(table), ToSlice(key), &bytes);
  if (status.IsNotFound()) return std::optional<Row>();
  if (!status.ok()) return ReadError(status);
  ASSIGN_OR_RETURN(Row row, DecodeRow(bytes));
  return std::optional<Row>(std::move(row));
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
