#include "vault/records/window_rows.h"

#include <utility>

#include "base/status.h"
#include "vault/engine/table.h"
#include "vault/records/due_rows.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::EnumerationRow;
using storage::v1::IdempotencyRecord;

Precondition AsRead(Table table, const std::string& key, std::optional<uint64_t> revision) {
  return revision.has_value() ? Precondition::Unchanged(table, key, *revision)
                              : Precondition::Absent(table, key);
}

}  // namespace

absl::StatusOr<std::optional<StoredRequest>> FindRequest(const Engine& engine,
                                                         absl::string_view row_key) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kIdempotency, row_key));
  if (!row.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(IdempotencyRecord record, DecodeRow<IdempotencyRecord>(row->value));
  return StoredRequest{std::move(record), row->revision};
}

void PutRequest(const std::string& row_key, const std::optional<StoredRequest>& earlier,
                IdempotencyRecord record, WriteSet& set) {
  std::optional<uint64_t> revision;
  if (earlier.has_value()) {
    revision = earlier->revision;
    DeleteDue(earlier->record.expire_micros(), DueKind::kIdempotency, row_key, set);
  }
  set.preconditions.push_back(AsRead(Table::kIdempotency, row_key, revision));
  PutDue(record.expire_micros(), DueKind::kIdempotency, row_key, set);
  set.puts.push_back({Table::kIdempotency, row_key, EncodeRow(std::move(record))});
}

absl::StatusOr<std::optional<StoredEnumeration>> FindEnumeration(const Engine& engine,
                                                                 absl::string_view row_key) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kEnumeration, row_key));
  if (!row.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(EnumerationRow seen, DecodeRow<EnumerationRow>(row->value));
  return StoredEnumeration{std::move(seen), row->revision};
}

void PutEnumeration(const std::string& row_key, const std::optional<StoredEnumeration>& earlier,
                    EnumerationRow row, int64_t due_micros, WriteSet& set) {
  std::optional<uint64_t> revision;
  if (earlier.has_value()) {
    revision = earlier->revision;
  } else {
    PutDue(due_micros, DueKind::kEnumeration, row_key, set);
  }
  set.preconditions.push_back(AsRead(Table::kEnumeration, row_key, revision));
  set.puts.push_back({Table::kEnumeration, row_key, EncodeRow(std::move(row))});
}

}  // namespace cardvault
