#include "vault/records/purge_row.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::MerchantPurgeRow;

constexpr char kRowKey[] = "merchant_purge";

}  // namespace

absl::StatusOr<StoredPurge> StoredPurge::Read(const Engine& engine) {
  StoredPurge purge;
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kMeta, kRowKey));
  if (!row.has_value()) return purge;
  ASSIGN_OR_RETURN(purge.row, DecodeRow<MerchantPurgeRow>(row->value));
  purge.revision = row->revision;
  return purge;
}

Precondition StoredPurge::Unchanged() const {
  return revision.has_value() ? Precondition::Unchanged(Table::kMeta, kRowKey, *revision)
                              : Precondition::Absent(Table::kMeta, kRowKey);
}

void StoredPurge::Replace(MerchantPurgeRow next, WriteSet& set) const {
  set.preconditions.push_back(Unchanged());
  set.puts.push_back({Table::kMeta, kRowKey, EncodeRow(std::move(next))});
}

absl::StatusOr<Precondition> NoPurgeOf(const Engine& engine, const MerchantId& merchant) {
  ASSIGN_OR_RETURN(const StoredPurge purge, StoredPurge::Read(engine));
  if (purge.IsUnderWay() && purge.row.merchant() == merchant.value()) {
    return FailedPrecondition(ErrorReason::kMerchantPurge,
                              "all cards of this merchant are being deleted");
  }
  return purge.Unchanged();
}

}  // namespace cardvault
