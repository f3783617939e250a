#include "server/init_vault.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "server/approved_config.h"
#include "server/identity.h"
#include "server/kek_source.h"
#include "server/role_book.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/keyring_row_store.h"
#include "vault/vault_identity.h"

namespace cardvault {
namespace {

absl::StatusOr<std::string> RoleDocument(const std::vector<std::string>& operators) {
  if (operators.empty()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "--operator",
                           "a vault needs an operator, for example "
                           "--operator spiffe://example.com/operator/alice");
  }
  std::string document = "roles:\n";
  for (const std::string& uri : operators) {
    absl::StatusOr<Identity> identity = ParseIdentity(uri);
    if (!identity.ok() || identity->kind != Identity::Kind::kOperator) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "--operator",
                             "not of the form spiffe://<domain>/operator/<name>");
    }
    absl::StrAppend(&document, "  - identity: ", identity->uri, "\n    roles: [operator]\n");
  }
  return document;
}

// The KEK that is there is used only where a first try of this very vault may have made it:
// the KEK of another would bind the two together, to be lost together.
absl::StatusOr<std::unique_ptr<KekProvider>> MakeKek(KekSource& source, bool was_begun) {
  const absl::Status created = source.Create(1);
  if (!created.ok() && !(absl::IsAlreadyExists(created) && was_begun)) return created;
  return source.Open(1);
}

// More than InitVault, tried over and over, writes into the log before the role map.
constexpr uint64_t kMaxEntriesOfInit = 64;

absl::StatusOr<bool> WasUsed(const Engine& engine) {
  ASSIGN_OR_RETURN(const std::optional<KeyedRow> last, engine.Last(Table::kAuditLeaves));
  return last.has_value() && ReadBigEndian64(last->key) >= kMaxEntriesOfInit;
}

}  // namespace

absl::StatusOr<NewVault> InitVault(const ServerConfig& config,
                                   const std::vector<std::string>& operators, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::string roles, RoleDocument(operators));
  if (!RoleMap::Parse(roles, config.mode).mistakes.empty()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "--operator",
                           "given twice; or, in production, not given for two people, of whom one "
                           "approves what the other proposes");
  }
  const std::filesystem::path parent = std::filesystem::path(config.data_directory).parent_path();
  if (!parent.empty() && !std::filesystem::is_directory(parent)) {
    return NotFound(ErrorReason::kNotFound,
                    "the directory in which the data directory is to be made does not exist");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<KekSource> source, NewKekSource(config.kek));
  RocksDbOptions options;
  options.path = config.data_directory;
  options.create_if_missing = true;
  ASSIGN_OR_RETURN(std::unique_ptr<RocksDbEngine> engine, OpenRocksDbEngine(options));
  KeyringHolder keyring;
  ASSIGN_OR_RETURN(std::unique_ptr<CommitPipeline> pipeline,
                   CommitPipeline::Start(*engine, keyring, clock, {}));
  // Each step is a commit of its own: what a first try that was cut short has made is taken over,
  // but a vault that was in use does not get a second first role map.
  const absl::StatusOr<std::unique_ptr<RoleBook>> whole =
      RoleBook::Load(*engine, *pipeline, clock, config.mode);
  ASSIGN_OR_RETURN(const bool was_used, WasUsed(*engine));
  if (!absl::IsNotFound(whole.status()) || was_used) {
    return FailedPrecondition(ErrorReason::kMode, "there is a vault in the data directory already");
  }
  ASSIGN_OR_RETURN(const std::optional<VaultIdentity> begun, ReadVaultIdentity(*engine));
  ASSIGN_OR_RETURN(const bool has_kek, source->Exists(1));
  if (!begun.has_value() && has_kek) {
    return AlreadyExists(ErrorReason::kFieldInvalid, "kek",
                         "there is a KEK where it is to be made: it may be another vault's");
  }
  ASSIGN_OR_RETURN(const VaultIdentity identity,
                   OpenVaultIdentity(*engine, *pipeline, clock, config.mode, config.bin_length));
  ASSIGN_OR_RETURN(const std::shared_ptr<KekProvider> kek, MakeKek(*source, begun.has_value()));
  KeyringRowStore store(*engine, *pipeline);
  KeyringManager::Options keyring_options;
  keyring_options.mode = static_cast<uint32_t>(config.mode);
  KeyringManager manager(store, keyring, clock, keyring_options);
  ASSIGN_OR_RETURN(const std::optional<std::string> document, store.Load());
  if (document.has_value()) {
    RETURN_IF_ERROR(manager.Unseal(kek));
  } else {
    RETURN_IF_ERROR(manager.Create(identity.vault_id, *kek));
  }
  if (config.mode == VaultMode::kProduction) {
    ASSIGN_OR_RETURN(const std::vector<ConfigFile> files, ReadConfigFiles(config));
    RETURN_IF_ERROR(pipeline->SubmitAndWait(ApprovedConfig::First(files)).status);
  }
  // Last, so that a vault with a role map is a whole one.
  RETURN_IF_ERROR(pipeline->SubmitAndWait(RoleBook::FirstMap(roles, clock)).status);
  return NewVault{identity.vault_id.value(), kek->check_value()};
}

}  // namespace cardvault
