#ifndef CARDVAULT_VAULT_VAULT_IDENTITY_H_
#define CARDVAULT_VAULT_VAULT_IDENTITY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "card/bin.h"
#include "card/vault_mode.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What a vault is for its whole life: table meta, row "vault".
struct VaultIdentity {
  VaultId vault_id;  // "vault-" and 32 random letters
  VaultMode mode;
  BinLength bin_length;
  absl::Time create_time;
};

// nullopt for a store in which no vault was made yet. DATA_LOSS for a row that does not parse or
// has an unknown format version; else as Engine::Get.
absl::StatusOr<std::optional<VaultIdentity>> ReadVaultIdentity(const Engine& engine);

// Makes the row, with the audit entry vault.created. FAILED_PRECONDITION when there is one.
absl::StatusOr<VaultIdentity> CreateVaultIdentity(CommitPipeline& pipeline, const Clock& clock,
                                                  VaultMode mode, BinLength bin_length);

// FAILED_PRECONDITION: the vault is of the other mode (MODE), or was made with another BIN length
// (two truncation formats of one PAN combine).
absl::Status CheckVaultIdentity(const VaultIdentity& identity, VaultMode mode,
                                BinLength bin_length);

// Reads, makes if there is none, and checks.
absl::StatusOr<VaultIdentity> OpenVaultIdentity(const Engine& engine, CommitPipeline& pipeline,
                                                const Clock& clock, VaultMode mode,
                                                BinLength bin_length);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_VAULT_IDENTITY_H_
