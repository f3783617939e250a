#include "server/init_vault.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "server/approved_config.h"
#include "server/custody_row.h"
#include "server/envelope_files.h"
#include "server/identity.h"
#include "server/kek_source.h"
#include "server/role_book.h"
#include "vault/admission/machine.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/commit/write_set.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/keyring_row_store.h"
#include "vault/vault_identity.h"

namespace cardvault {
namespace {

absl::StatusOr<std::string> RoleDocument(const std::vector<std::string>& operators,
                                         const CustodyPlan* plan) {
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
  if (plan == nullptr) return document;
  std::set<std::string> names;
  for (const NewCustodian& custodian : plan->custodians) {
    absl::StatusOr<Identity> identity = ParseIdentity(custodian.identity);
    if (!identity.ok() || identity->kind != Identity::Kind::kCustodian) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "--custodian",
                             "not of the form spiffe://<domain>/custodian/<name>=CERTIFICATE");
    }
    if (!names.insert(identity->name).second) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "--custodian",
                             "one name, the last part of the identities, stands there twice: a "
                             "person holds one share");
    }
    absl::StrAppend(&document, "  - identity: ", identity->uri, "\n    roles: [custodian]\n");
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

// A store in which no vault was finished yet, with what a first try has left.
struct NewStore {
  std::unique_ptr<RocksDbEngine> engine;
  KeyringHolder keyring;
  std::unique_ptr<CommitPipeline> pipeline;
  std::optional<VaultIdentity> begun;
};

// Each step is a commit of its own: what a first try that was cut short has made is taken over, but
// a vault that was in use does not get a second first role map.
absl::Status OpenStore(const ServerConfig& config, const Clock& clock, NewStore& store) {
  RocksDbOptions options;
  options.path = config.data_directory;
  options.create_if_missing = true;
  ASSIGN_OR_RETURN(store.engine, OpenRocksDbEngine(options));
  ASSIGN_OR_RETURN(store.pipeline, CommitPipeline::Start(*store.engine, store.keyring, clock, {}));
  const absl::StatusOr<std::unique_ptr<RoleBook>> whole =
      RoleBook::Load(*store.engine, *store.pipeline, clock, config.mode);
  ASSIGN_OR_RETURN(const bool was_used, WasUsed(*store.engine));
  if (!absl::IsNotFound(whole.status()) || was_used) {
    return FailedPrecondition(ErrorReason::kMode, "there is a vault in the data directory already");
  }
  ASSIGN_OR_RETURN(store.begun, ReadVaultIdentity(*store.engine));
  return absl::OkStatus();
}

KeyringManager::Options KeyringOptions(const ServerConfig& config) {
  KeyringManager::Options options;
  options.mode = static_cast<uint32_t>(config.mode);
  return options;
}

void Append(WriteSet from, WriteSet& to) {
  std::move(from.preconditions.begin(), from.preconditions.end(),
            std::back_inserter(to.preconditions));
  std::move(from.puts.begin(), from.puts.end(), std::back_inserter(to.puts));
  std::move(from.leaves.begin(), from.leaves.end(), std::back_inserter(to.leaves));
}

// The role map, the machine and, in production, what is approved of the configuration.
absl::StatusOr<WriteSet> FirstPolicy(const ServerConfig& config, const VaultId& vault,
                                     const std::string& roles, const Clock& clock) {
  WriteSet set = RoleBook::FirstMap(roles, clock);
  ASSIGN_OR_RETURN(const std::optional<std::string> machine,
                   MachineDigest(config.machine_id_file, vault, config.mode));
  if (machine.has_value()) set.puts.push_back(MachinePut(*machine));
  if (config.mode == VaultMode::kProduction) {
    ASSIGN_OR_RETURN(const std::vector<ConfigFile> files, ReadConfigFiles(config));
    Append(ApprovedConfig::First(files), set);
  }
  return set;
}

// With a KEK in a file or an HSM.
absl::StatusOr<NewVault> InitWithSource(const ServerConfig& config, const std::string& roles,
                                        KekSource& source, const Clock& clock) {
  NewStore store;
  RETURN_IF_ERROR(OpenStore(config, clock, store));
  ASSIGN_OR_RETURN(const bool has_kek, source.Exists(1));
  if (!store.begun.has_value() && has_kek) {
    return AlreadyExists(ErrorReason::kFieldInvalid, "kek",
                         "there is a KEK where it is to be made: it may be another vault's");
  }
  ASSIGN_OR_RETURN(
      const VaultIdentity identity,
      OpenVaultIdentity(*store.engine, *store.pipeline, clock, config.mode, config.bin_length));
  ASSIGN_OR_RETURN(const std::shared_ptr<KekProvider> kek,
                   MakeKek(source, store.begun.has_value()));
  KeyringRowStore keyring(*store.engine, *store.pipeline);
  KeyringManager manager(keyring, store.keyring, clock, KeyringOptions(config));
  ASSIGN_OR_RETURN(const std::optional<std::string> document, keyring.Load());
  if (document.has_value()) {
    RETURN_IF_ERROR(manager.Unseal(kek));
  } else {
    RETURN_IF_ERROR(manager.Create(identity.vault_id, *kek));
  }
  // Last, so that a vault with a role map is a whole one.
  ASSIGN_OR_RETURN(WriteSet first, FirstPolicy(config, identity.vault_id, roles, clock));
  RETURN_IF_ERROR(store.pipeline->SubmitAndWait(std::move(first)).status);
  return NewVault{identity.vault_id.value(), kek->check_value(), {}};
}

// With a KEK in custody. Only its shares could take up a try that was cut short: so all is one
// commit, and the next try makes another KEK.
absl::StatusOr<NewVault> InitInCustody(const ServerConfig& config, const std::string& roles,
                                       const CustodyPlan& plan, const Clock& clock) {
  NewStore store;
  RETURN_IF_ERROR(OpenStore(config, clock, store));
  ASSIGN_OR_RETURN(
      const VaultIdentity identity,
      OpenVaultIdentity(*store.engine, *store.pipeline, clock, config.mode, config.bin_length));
  ASSIGN_OR_RETURN(const NewCustody custody,
                   CreateCustody(identity.vault_id, /*generation=*/1, plan.threshold,
                                 plan.custodians, clock.Now()));
  ASSIGN_OR_RETURN(std::vector<std::string> files, WriteEnvelopes(custody, plan.out_directory));
  WriteSet beside = CustodySet(custody.record, std::nullopt);
  AuditLeaf created{AuditAction::kCustodyCreated};
  created.origin.principal = "cardvaultd";
  created.object = custody.record.check_value;
  beside.leaves.push_back(std::move(created));
  ASSIGN_OR_RETURN(WriteSet policy, FirstPolicy(config, identity.vault_id, roles, clock));
  Append(std::move(policy), beside);
  KeyringRowStore keyring(*store.engine, *store.pipeline,
                          Warrant({"cardvaultd", "", ""}, std::move(beside)));
  KeyringManager manager(keyring, store.keyring, clock, KeyringOptions(config));
  RETURN_IF_ERROR(manager.Create(identity.vault_id, *custody.kek));
  return NewVault{identity.vault_id.value(), custody.record.check_value, std::move(files)};
}

}  // namespace

absl::StatusOr<NewVault> InitVault(const ServerConfig& config,
                                   const std::vector<std::string>& operators,
                                   const CustodyPlan* plan, const Clock& clock) {
  ASSIGN_OR_RETURN(const std::string roles, RoleDocument(operators, plan));
  if (!RoleMap::Parse(roles, config.mode).mistakes.empty()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "--operator",
                           "an operator or custodian is given twice; or, in production, not two "
                           "operators, of whom one approves what the other proposes");
  }
  const std::filesystem::path parent = std::filesystem::path(config.data_directory).parent_path();
  if (!parent.empty() && !std::filesystem::is_directory(parent)) {
    return NotFound(ErrorReason::kNotFound,
                    "the directory in which the data directory is to be made does not exist");
  }
  if (plan != nullptr) return InitInCustody(config, roles, *plan, clock);
  ASSIGN_OR_RETURN(const std::unique_ptr<KekSource> source, NewKekSource(config.kek));
  return InitWithSource(config, roles, *source, clock);
}

}  // namespace cardvault
