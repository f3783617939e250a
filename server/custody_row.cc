#include "server/custody_row.h"

#include <string>
#include <utility>

#include "base/status.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kRow[] = "custody";

Precondition AsItWas(const std::optional<StoredCustody>& before) {
  return before.has_value() ? Precondition::Unchanged(Table::kKeys, kRow, before->revision)
                            : Precondition::Absent(Table::kKeys, kRow);
}

}  // namespace

absl::StatusOr<std::optional<StoredCustody>> ReadCustody(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kKeys, kRow));
  if (!row.has_value()) return std::optional<StoredCustody>();
  ASSIGN_OR_RETURN(CustodyRecord record, ParseCustodyRecord(row->value));
  return StoredCustody{std::move(record), row->revision};
}

WriteSet NoCustodySet(const std::optional<StoredCustody>& before) {
  WriteSet set;
  set.preconditions.push_back(AsItWas(before));
  if (before.has_value()) set.deletes.push_back({Table::kKeys, kRow});
  return set;
}

WriteSet CustodySet(const CustodyRecord& record, const std::optional<StoredCustody>& before) {
  WriteSet set;
  set.preconditions.push_back(AsItWas(before));
  set.puts.push_back({Table::kKeys, kRow, SerializeCustodyRecord(record)});
  return set;
}

}  // namespace cardvault
