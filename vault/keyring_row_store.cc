#include "vault/keyring_row_store.h"

#include <utility>
#include <vector>

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

AuditLeaf Entry(AuditAction action, const AuditOrigin& origin, std::string object,
                uint32_t key_version = 0) {
  AuditLeaf leaf{action};
  leaf.origin = origin;
  leaf.object = std::move(object);
  leaf.key_version = key_version;
  return leaf;
}

std::string Named(const KeyringChange::Kek& kek) {
  return absl::StrCat(kek.provider, " ", kek.generation, " kcv ", kek.check_value);
}

// The certificate: what was destroyed, and what showed that nothing needed it.
std::string Certificate(const KeyringChange::Destroyed& destroyed) {
  return absl::StrCat(PurposeName(destroyed.key.purpose), " kcv ", destroyed.check_value,
                      " scanned ", destroyed.proof.rows_scanned, " log ",
                      destroyed.proof.audit_entries, " backups ", destroyed.proof.backups_under);
}

std::vector<AuditLeaf> LeavesOf(uint64_t revision, const KeyringChange& change,
                                const AuditOrigin& origin) {
  std::vector<AuditLeaf> leaves = {
      Entry(AuditAction::kKeyringChanged, origin, absl::StrCat(revision))};
  for (const KeyringChange::KeyVersion& key : change.activated) {
    leaves.push_back(Entry(AuditAction::kKeyActivated, origin,
                           std::string(PurposeName(key.purpose)), key.version));
  }
  if (change.compromised.has_value()) {
    leaves.push_back(Entry(AuditAction::kKeyCompromised, origin,
                           std::string(PurposeName(change.compromised->purpose)),
                           change.compromised->version));
  }
  if (change.destroyed.has_value()) {
    leaves.push_back(Entry(AuditAction::kKeyDestroyed, origin, Certificate(*change.destroyed),
                           change.destroyed->key.version));
  }
  if (change.rewrapped.has_value()) {
    leaves.push_back(Entry(AuditAction::kKekRotated, origin, Named(*change.rewrapped)));
  }
  if (change.kek_destruction_begun.has_value()) {
    leaves.push_back(
        Entry(AuditAction::kKekDestructionBegun, origin, Named(*change.kek_destruction_begun)));
  }
  if (change.kek_destroyed.has_value()) {
    leaves.push_back(Entry(AuditAction::kKekDestroyed, origin, Named(*change.kek_destroyed)));
  }
  return leaves;
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

  WriteSet set;
  set.preconditions.push_back(
      stored.has_value() ? Precondition::Unchanged(Table::kKeys, kRowKey, stored->row_revision)
                         : Precondition::Absent(Table::kKeys, kRowKey));
  set.puts.push_back({Table::kKeys, kRowKey, absl::StrCat(BigEndian64(new_revision), document)});
  set.leaves = LeavesOf(new_revision, change, warrant_.origin);
  warrant_.Join(set);
  const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
  if (result.kind == CommitResult::Kind::kConditionFailed) return Overtaken();
  return result.status;
}

}  // namespace cardvault
