#include "reencryption/stored_job.h"

#include <utility>

#include "base/status.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kRowKey[] = "reencryption";
constexpr uint32_t kFormatVersion = 1;

}  // namespace

absl::StatusOr<StoredJob> StoredJob::Read(const Engine& engine) {
  StoredJob job;
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kKeys, kRowKey));
  if (!row.has_value()) return job;
  if (!job.row.ParseFromString(row->value)) {
    return DataLoss("the row of the re-encryption does not parse");
  }
  if (job.row.format_version() != kFormatVersion) {
    return DataLoss("the row of the re-encryption has an unknown format version");
  }
  job.revision = row->revision;
  return job;
}

void StoredJob::Replace(storage::v1::ReencryptionRow next, WriteSet& set) const {
  next.set_format_version(kFormatVersion);
  set.preconditions.push_back(revision.has_value()
                                  ? Precondition::Unchanged(Table::kKeys, kRowKey, *revision)
                                  : Precondition::Absent(Table::kKeys, kRowKey));
  set.puts.push_back({Table::kKeys, kRowKey, next.SerializeAsString()});
}

}  // namespace cardvault
