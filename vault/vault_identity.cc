#include "vault/vault_identity.h"

#include <string>
#include <utility>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr char kRowKey[] = "vault";
constexpr uint32_t kFormatVersion = 1;
constexpr size_t kRandomSize = 16;

// Letters alone: an id may hold no long run of digits.
std::string NewVaultId() {
  std::string id = "vault-";
  for (const char c : RandomBytes(kRandomSize)) {
    id.push_back(static_cast<char>('a' + (static_cast<unsigned char>(c) >> 4)));
    id.push_back(static_cast<char>('a' + (static_cast<unsigned char>(c) & 0xf)));
  }
  return id;
}

absl::Status Corrupt() { return DataLoss("the vault's identity row is damaged"); }

absl::StatusOr<VaultIdentity> FromRow(const storage::v1::VaultIdentity& row) {
  if (row.format_version() != kFormatVersion) {
    return DataLoss("the vault's identity row has a format that this version does not know");
  }
  absl::StatusOr<VaultId> vault_id = VaultId::Parse(row.vault_id(), "vault_id");
  const auto mode = static_cast<VaultMode>(row.mode());
  const auto bin_length = static_cast<BinLength>(row.bin_length());
  const bool good = vault_id.ok() &&
                    (mode == VaultMode::kSandbox || mode == VaultMode::kProduction) &&
                    (bin_length == BinLength::kSix || bin_length == BinLength::kEight);
  if (!good) return Corrupt();
  return VaultIdentity{*std::move(vault_id), mode, bin_length,
                       absl::FromUnixMicros(row.create_micros())};
}

}  // namespace

absl::StatusOr<std::optional<VaultIdentity>> ReadVaultIdentity(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine.Get(Table::kMeta, kRowKey));
  if (!row.has_value()) return std::optional<VaultIdentity>();
  storage::v1::VaultIdentity message;
  if (!message.ParseFromString(row->value)) return Corrupt();
  ASSIGN_OR_RETURN(VaultIdentity identity, FromRow(message));
  return std::optional<VaultIdentity>(std::move(identity));
}

absl::StatusOr<VaultIdentity> CreateVaultIdentity(CommitPipeline& pipeline, const Clock& clock,
                                                  VaultMode mode, BinLength bin_length) {
  storage::v1::VaultIdentity message;
  message.set_format_version(kFormatVersion);
  message.set_vault_id(NewVaultId());
  message.set_mode(static_cast<uint32_t>(mode));
  message.set_bin_length(static_cast<uint32_t>(bin_length));
  message.set_create_micros(absl::ToUnixMicros(clock.Now()));

  AuditLeaf leaf{};
  leaf.action = AuditAction::kVaultCreated;
  leaf.origin.principal = "cardvaultd";
  leaf.object = message.vault_id();
  WriteSet set;
  set.preconditions = {Precondition::Absent(Table::kMeta, kRowKey)};
  set.puts = {{Table::kMeta, kRowKey, message.SerializeAsString()}};
  set.leaves = {std::move(leaf)};
  const CommitResult result = pipeline.SubmitAndWait(std::move(set));
  if (result.kind == CommitResult::Kind::kConditionFailed) {
    return FailedPrecondition(ErrorReason::kUnspecified, "the data directory has a vault already");
  }
  if (!result.committed()) return result.status;
  return FromRow(message);
}

absl::Status CheckVaultIdentity(const VaultIdentity& identity, VaultMode mode,
                                BinLength bin_length) {
  if (identity.mode != mode) {
    return mode == VaultMode::kProduction
               ? FailedPrecondition(
                     ErrorReason::kMode,
                     "the data directory is a sandbox vault's: production does not open it")
               : FailedPrecondition(
                     ErrorReason::kMode,
                     "the data directory is a production vault's: the sandbox does not open it");
  }
  if (identity.bin_length != bin_length) {
    return FailedPrecondition(
        ErrorReason::kUnspecified,
        "the vault was made with another BIN length than the configured one: set it back");
  }
  return absl::OkStatus();
}

absl::StatusOr<VaultIdentity> OpenVaultIdentity(const Engine& engine, CommitPipeline& pipeline,
                                                const Clock& clock, VaultMode mode,
                                                BinLength bin_length) {
  ASSIGN_OR_RETURN(const std::optional<VaultIdentity> found, ReadVaultIdentity(engine));
  if (!found.has_value()) return CreateVaultIdentity(pipeline, clock, mode, bin_length);
  RETURN_IF_ERROR(CheckVaultIdentity(*found, mode, bin_length));
  return *found;
}

}  // namespace cardvault
