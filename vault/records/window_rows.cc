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

template <typename Stored>
void Hold(Table table, const std::string& key, const std::optional<Stored>& read, WriteSet& set) {
  set.preconditions.push_back(read.has_value() ? Precondition::Unchanged(table, key, read->revision)
                                               : Precondition::Absent(table, key));
}

}  // namespace

absl::StatusOr<std::optional<StoredRequest>> FindRequest(const Engine& engine,
                                                         absl::string_view row_key) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kIdempotency, row_key));
  if (!row.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(IdempotencyRecord record, DecodeRow<IdempotencyRecord>(row->value));
  return StoredRequest{std::move(record), row->revision};
}

void HoldRequest(const std::string& row_key, const std::optional<StoredRequest>& read,
                 WriteSet& set) {
  Hold(Table::kIdempotency, row_key, read, set);
}

void PutRequest(const std::string& row_key, const std::optional<StoredRequest>& earlier,
                IdempotencyRecord record, WriteSet& set) {
  if (earlier.has_value()) {
    DeleteDue(earlier->record.expire_micros(), DueKind::kIdempotency, row_key, set);
  }
  HoldRequest(row_key, earlier, set);
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

void HoldEnumeration(const std::string& row_key, const std::optional<StoredEnumeration>& read,
                     WriteSet& set) {
  Hold(Table::kEnumeration, row_key, read, set);
}

void PutEnumeration(const std::string& row_key, const std::optional<StoredEnumeration>& earlier,
                    EnumerationRow row, int64_t due_micros, WriteSet& set) {
  if (!earlier.has_value()) PutDue(due_micros, DueKind::kEnumeration, row_key, set);
  HoldEnumeration(row_key, earlier, set);
  set.puts.push_back({Table::kEnumeration, row_key, EncodeRow(std::move(row))});
}

}  // namespace cardvault
