#include "server/role_book.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"

namespace cardvault {
namespace {

constexpr char kRow[] = "roles";
constexpr uint32_t kFormatVersion = 1;

std::string RowValue(absl::string_view document, const Clock& clock) {
  storage::v1::RoleMapRow row;
  row.set_format_version(kFormatVersion);
  row.set_document(std::string(document));
  row.set_update_micros(absl::ToUnixMicros(clock.Now()));
  return row.SerializeAsString();
}

WriteSet ApplySet(absl::string_view document, const Clock& clock, const AuditOrigin& origin) {
  WriteSet set;
  set.puts.push_back({Table::kPolicy, kRow, RowValue(document, clock)});
  AuditLeaf leaf{AuditAction::kRolesApplied};
  leaf.origin = origin;
  leaf.object = kRow;
  set.leaves.push_back(std::move(leaf));
  return set;
}

}  // namespace

WriteSet RoleBook::FirstMap(absl::string_view document, const Clock& clock) {
  AuditOrigin origin;
  origin.principal = "cardvaultd";
  WriteSet set = ApplySet(document, clock, origin);
  set.preconditions.push_back(Precondition::Absent(Table::kPolicy, kRow));
  return set;
}

absl::StatusOr<std::unique_ptr<RoleBook>> RoleBook::Load(const Engine& engine,
                                                         CommitPipeline& pipeline,
                                                         const Clock& clock, VaultMode mode) {
  ASSIGN_OR_RETURN(std::optional<Row> row, engine.Get(Table::kPolicy, kRow));
  if (!row.has_value()) return NotFound(ErrorReason::kNotFound, "the vault has no role map");
  storage::v1::RoleMapRow stored;
  if (!stored.ParseFromString(row->value) || stored.format_version() != kFormatVersion) {
    return DataLoss("the stored role map cannot be read");
  }
  RoleMap::Parsed parsed = RoleMap::Parse(stored.document(), mode);
  if (!parsed.mistakes.empty()) return DataLoss("the stored role map has mistakes");

  auto book = std::unique_ptr<RoleBook>(new RoleBook(pipeline, clock, mode));
  absl::MutexLock lock(&book->mutex_);
  book->map_ = std::make_shared<const RoleMap>(std::move(parsed.grants));
  book->document_ = stored.document();
  book->revision_ = row->revision;
  return book;
}

std::shared_ptr<const RoleMap> RoleBook::Current() const {
  absl::MutexLock lock(&mutex_);
  return map_;
}

RoleBook::MapInForce RoleBook::InForce() const {
  absl::MutexLock lock(&mutex_);
  return {map_, revision_};
}

Precondition RoleBook::MapInForce::unchanged() const {
  return Precondition::Unchanged(Table::kPolicy, kRow, revision);
}

std::string RoleBook::document() const {
  absl::MutexLock lock(&mutex_);
  return document_;
}

uint64_t RoleBook::revision() const {
  absl::MutexLock lock(&mutex_);
  return revision_;
}

absl::StatusOr<RoleBook::Applied> RoleBook::Apply(absl::string_view document, bool check_only,
                                                  const Warrant& warrant) {
  Applied applied;
  RoleMap::Parsed parsed = RoleMap::Parse(document, mode_);
  applied.mistakes = std::move(parsed.mistakes);
  const auto applier = parsed.grants.find(warrant.origin.principal);
  if (applied.mistakes.empty() &&
      (applier == parsed.grants.end() || applier->second.count(Role::kOperator) == 0)) {
    applied.mistakes.push_back(
        {0, "roles", "leaves out the operator who applies it and who could not come back in"});
  }
  {
    absl::MutexLock lock(&mutex_);
    applied.revision = revision_;
    if (!applied.mistakes.empty() || check_only || document == document_) return applied;
  }

  WriteSet set = ApplySet(document, clock_, warrant.origin);
  set.preconditions.push_back(MapInForce{nullptr, applied.revision}.unchanged());
  warrant.Join(set);
  CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.kind == CommitResult::Kind::kConditionFailed) {
    return Aborted(ErrorReason::kRevision, "another operator changed the role map meanwhile");
  }
  RETURN_IF_ERROR(result.status);

  absl::MutexLock lock(&mutex_);
  if (result.revision > revision_) {  // commits can be told of in another order than they happened
    map_ = std::make_shared<const RoleMap>(std::move(parsed.grants));
    document_ = std::string(document);
    revision_ = result.revision;
  }
  applied.changed = true;
  applied.revision = result.revision;
  return applied;
}

}  // namespace cardvault
