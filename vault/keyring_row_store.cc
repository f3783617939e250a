#include "vault/keyring_row_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kRowKey[] = "keyring";
constexpr size_t kRevisionSize = 8;

struct StoredDocument {
  uint64_t keyring_revision = 0;
  uint64_t row_revision = 0;
  std::string document;
};

absl::StatusOr<std::optional<StoredDocument>> Read(const Engine& engine) {
  ASSIGN_OR_RETURN(std::optional<Row> row, engine.Get(Table::kKeys, kRowKey));
  if (!row.has_value()) return std::optional<StoredDocument>();
  if (row->value.size() < kRevisionSize) return DataLoss("the keyring row is damaged");
  StoredDocument stored;
  stored.keyring_revision = ReadBigEndian64(absl::string_view(row->value).substr(0, kRevisionSize));
  stored.row_revision = row->revision;
  stored.document = row->value.substr(kRevisionSize);
  return std::optional<StoredDocument>(std::move(stored));
}

absl::Status Overtaken() {
  return Aborted(ErrorReason::kRevision, "the keyring was changed by another writer");
}

}  // namespace

absl::StatusOr<std::optional<std::string>> KeyringRowStore::Load() {
  ASSIGN_OR_RETURN(std::optional<StoredDocument> stored, Read(engine_));
  if (!stored.has_value()) return std::optional<std::string>();
  if (stored->keyring_revision > pipeline_.audited_keyring_revision()) {
    return DataLoss("the keyring is newer than the audit log: the log was cut or put back");
  }
  return std::optional<std::string>(std::move(stored->document));
}

absl::StatusOr<uint64_t> KeyringRowStore::LastAuditedRevision() {
  return pipeline_.audited_keyring_revision();
}

absl::Status KeyringRowStore::Save(absl::string_view document, uint64_t new_revision,
                                   const KeyringChange& change) {
  ASSIGN_OR_RETURN(const std::optional<StoredDocument> stored, Read(engine_));
  const uint64_t stored_revision = stored.has_value() ? stored->keyring_revision : 0;
  if (new_revision != stored_revision + 1) return Overtaken();
  if (stored_revision < pipeline_.audited_keyring_revision()) {
    return DataLoss("an older keyring was put back: the audit log knows a newer revision");
  }

  AuditLeaf leaf{};
  leaf.action = AuditAction::kKeyringChanged;
  leaf.origin = origin_;
  leaf.object = absl::StrCat(new_revision);
  WriteSet set;
  set.preconditions = {stored.has_value()
                           ? Precondition::Unchanged(Table::kKeys, kRowKey, stored->row_revision)
                           : Precondition::Absent(Table::kKeys, kRowKey)};
  set.puts = {{Table::kKeys, kRowKey, absl::StrCat(BigEndian64(new_revision), document)}};
  set.leaves = {std::move(leaf)};
  for (const KeyringChange::KeyVersion& key : change.activated) {
    AuditLeaf activated{AuditAction::kKeyActivated};
    activated.origin = origin_;
    activated.object = std::string(PurposeName(key.purpose));
    activated.key_version = key.version;
    set.leaves.push_back(std::move(activated));
  }
  const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.kind == CommitResult::Kind::kConditionFailed) return Overtaken();
  return result.status;
}

}  // namespace cardvault
