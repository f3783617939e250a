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
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The keyring document in the vault: table keys, row "keyring". Each revision is committed with an
// audit entry keyring.changed that names it, and one for each thing that it does (KeyringChange);
// and the log alone is asked which revision is the newest, so an older document put back is found
// out (docs/formats/rows.md). Works while the vault
// is sealed. Thread-safe.
class KeyringRowStore final : public KeyringStore {
 public:
  // Both must outlive the store. An administrator has a store of his own: its saves are made on his
  // warrant, and bring what is in it into their commit.
  KeyringRowStore(const Engine& engine, CommitPipeline& pipeline,
                  Warrant warrant = AuditOrigin{"cardvaultd", "", ""})
      : engine_(engine), pipeline_(pipeline), warrant_(std::move(warrant)) {}

  // DATA_LOSS also when the document is newer than anything the audit log knows: the log was cut or
  // put back.
  absl::StatusOr<std::optional<std::string>> Load() override;
  absl::StatusOr<uint64_t> LastAuditedRevision() override;
  // DATA_LOSS when the document to be replaced is not the one that the audit log knows; ABORTED
  // (REVISION) also when the warrant does not hold.
  absl::Status Save(absl::string_view document, uint64_t new_revision,
                    const KeyringChange& change) override;

 private:
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const Warrant warrant_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_KEYRING_ROW_STORE_H_
