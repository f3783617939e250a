#ifndef CARDVAULT_VAULT_KEYRING_ROW_STORE_H_
#define CARDVAULT_VAULT_KEYRING_ROW_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/audit_leaf.h"
#include "keys/keyring_store.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The keyring document in the vault: table keys, row "keyring". Each revision is committed with an
// audit entry keyring.changed that names it, and key.activated for each version that encrypts from
// then on; and the log alone is asked which revision is the
// newest, so an older document put back is found out (docs/formats/rows.md). Works while the vault
// is sealed. Thread-safe.
class KeyringRowStore final : public KeyringStore {
 public:
  // Both must outlive the store. The entries name `origin`: an administrator has a store of his
  // own.
  KeyringRowStore(const Engine& engine, CommitPipeline& pipeline,
                  AuditOrigin origin = {"cardvaultd", "", ""})
      : engine_(engine), pipeline_(pipeline), origin_(std::move(origin)) {}

  // DATA_LOSS also when the document is newer than anything the audit log knows: the log was cut or
  // put back.
  absl::StatusOr<std::optional<std::string>> Load() override;
  absl::StatusOr<uint64_t> LastAuditedRevision() override;
  // DATA_LOSS when the document to be replaced is not the one that the audit log knows.
  absl::Status Save(absl::string_view document, uint64_t new_revision,
                    const KeyringChange& change) override;

 private:
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const AuditOrigin origin_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_KEYRING_ROW_STORE_H_
