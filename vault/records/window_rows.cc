#include "vault/records/window_rows.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "vault/engine/table.h"
#include "vault/records/due_rows.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::EnumerationRow;
using storage::v1::IdempotencyRecord;

// The one row that stands in one of the places.
absl::StatusOr<std::optional<KeyedRow>> FindOne(const Engine& engine, Table table,
                                                RowPlaces row_keys) {
  std::optional<KeyedRow> found;
  for (const std::string& row_key : row_keys) {
    ASSIGN_OR_RETURN(std::optional<Row> row, engine.Get(table, row_key));
    if (!row.has_value()) continue;
    if (found.has_value()) return DataLoss("a row stands under two versions of the row-index key");
    found = KeyedRow{row_key, *std::move(row)};
  }
  return found;
}

template <typename Stored>
void Hold(Table table, RowPlaces row_keys, const std::optional<Stored>& read, WriteSet& set) {
  for (const std::string& row_key : row_keys) {
    const bool is_there = read.has_value() && read->row_key == row_key;
    set.preconditions.push_back(is_there ? Precondition::Unchanged(table, row_key, read->revision)
                                         : Precondition::Absent(table, row_key));
  }
}

// Puts a row at the first place, where nothing else of it stays.
template <typename Stored>
void Replace(Table table, RowPlaces row_keys, const std::optional<Stored>& earlier,
             std::string value, WriteSet& set) {
  Hold(table, row_keys, earlier, set);
  if (earlier.has_value() && earlier->row_key != row_keys.front()) {
    set.deletes.push_back({table, earlier->row_key});
  }
  set.puts.push_back({table, row_keys.front(), std::move(value)});
}

}  // namespace

absl::StatusOr<std::optional<StoredRequest>> FindRequest(const Engine& engine, RowPlaces row_keys) {
  ASSIGN_OR_RETURN(std::optional<KeyedRow> found, FindOne(engine, Table::kIdempotency, row_keys));
  if (!found.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(IdempotencyRecord record, DecodeRow<IdempotencyRecord>(found->row.value));
  return StoredRequest{std::move(record), std::move(found->key), found->row.revision};
}

void HoldRequest(RowPlaces row_keys, const std::optional<StoredRequest>& read, WriteSet& set) {
  Hold(Table::kIdempotency, row_keys, read, set);
}

void PutRequest(RowPlaces row_keys, const std::optional<StoredRequest>& earlier,
                IdempotencyRecord record, WriteSet& set) {
  if (earlier.has_value()) {
    DeleteDue(earlier->record.expire_micros(), DueKind::kIdempotency, earlier->row_key, set);
  }
  PutDue(record.expire_micros(), DueKind::kIdempotency, row_keys.front(), set);
  Replace(Table::kIdempotency, row_keys, earlier, EncodeRow(std::move(record)), set);
}

absl::StatusOr<std::optional<StoredEnumeration>> FindEnumeration(const Engine& engine,
                                                                 RowPlaces row_keys) {
  ASSIGN_OR_RETURN(std::optional<KeyedRow> found, FindOne(engine, Table::kEnumeration, row_keys));
  if (!found.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(EnumerationRow seen, DecodeRow<EnumerationRow>(found->row.value));
  return StoredEnumeration{std::move(seen), std::move(found->key), found->row.revision};
}

EnumerationRow WithinWindow(const EnumerationRow& row, absl::Duration window, absl::Time now) {
  const auto within = [window, now](const EnumerationRow::Seen& entry) {
    return absl::FromUnixMicros(entry.time_micros()) + window > now;
  };
  EnumerationRow fresh;
  std::copy_if(row.seen().begin(), row.seen().end(),
               google::protobuf::RepeatedFieldBackInserter(fresh.mutable_seen()), within);
  std::copy_if(row.refused().begin(), row.refused().end(),
               google::protobuf::RepeatedFieldBackInserter(fresh.mutable_refused()), within);
  return fresh;
}

absl::Time FirstToLeave(const EnumerationRow& row, absl::Duration window) {
  absl::Time first = absl::InfiniteFuture();
  for (const auto* entries : {&row.seen(), &row.refused()}) {
    for (const EnumerationRow::Seen& entry : *entries) {
      first = std::min(first, absl::FromUnixMicros(entry.time_micros()) + window);
    }
  }
  return first;
}

void HoldEnumeration(RowPlaces row_keys, const std::optional<StoredEnumeration>& read,
                     WriteSet& set) {
  Hold(Table::kEnumeration, row_keys, read, set);
}

void PutEnumeration(RowPlaces row_keys, const std::optional<StoredEnumeration>& earlier,
                    EnumerationRow row, absl::Duration window, WriteSet& set) {
  // The due row of an earlier place stays, and finds nothing when it is due.
  if (!earlier.has_value() || earlier->row_key != row_keys.front()) {
    PutDue(absl::ToUnixMicros(FirstToLeave(row, window)), DueKind::kEnumeration, row_keys.front(),
           set);
  }
  Replace(Table::kEnumeration, row_keys, earlier, EncodeRow(std::move(row)), set);
}

}  // namespace cardvault
