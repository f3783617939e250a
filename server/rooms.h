#ifndef CARDVAULT_SERVER_ROOMS_H_
#define CARDVAULT_SERVER_ROOMS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/executor.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/outbound/outbound_sender.h"
#include "forwarder/payments.h"
#include "forwarder/route_book.h"
#include "keys/kek_provider.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "reencryption/reencryption_job.h"
#include "server/approved_config.h"
#include "server/change_book.h"
#include "server/config.h"
#include "server/custody_row.h"
#include "server/kek_admin.h"
#include "server/kek_places.h"
#include "server/key_admin.h"
#include "server/role_book.h"
#include "tokenizer/token_desk.h"
#include "tokenizer/tokenizer.h"
#include "vault/admission/store_standing.h"
#include "vault/backup/backups.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/checkpoint/log_health.h"
#include "vault/checkpoint/sink_writer.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/space_reserve.h"
#include "vault/keyring_row_store.h"
#include "vault/retention/log_retention.h"
#include "vault/retention/merchant_purge.h"
#include "vault/retention/retention_sweeper.h"
#include "vault/vault_identity.h"

namespace cardvault {

// Every room of a running vault, opened in the order in which they need one another and closed in
// the reverse. Members are public: this is the list of what there is, not a layer.
struct Rooms {
  std::optional<VaultIdentity> identity;  // always set
  std::unique_ptr<KekPlaces> kek_places;
  std::optional<StoredCustody> custody;  // as it was found
  std::unique_ptr<RocksDbEngine> engine;
  StoreStanding standing;               // as it was found, before anything was written
  std::optional<std::string> machine;   // MachineDigest of this machine
  std::vector<std::string> sink_files;  // of checkpoints
  KeyringHolder keyring;
  // The audit log's way outside, and what must be well for it.
  std::unique_ptr<SpaceReserve> space;
  std::vector<std::unique_ptr<SinkWriter>> sinks;  // as the configuration lists them
  std::unique_ptr<LogHealth> log_health;
  std::unique_ptr<CommitPipeline> pipeline;
  std::unique_ptr<Checkpointer> checkpointer;
  std::unique_ptr<KeyringRowStore> keyring_store;
  std::unique_ptr<KeyringManager> keyring_manager;
  std::unique_ptr<Executor> executor;        // of cards and payments
  std::unique_ptr<Executor> admin_executor;  // of administration
  std::unique_ptr<Executor> seal_executor;   // of Seal alone, which waits behind nothing
  std::unique_ptr<RoleBook> roles;
  std::unique_ptr<ApprovedConfig> approved_config;
  std::unique_ptr<ChangeBook> changes;
  std::unique_ptr<RouteBook> routes;
  std::unique_ptr<CvvEscrow> escrow;
  std::unique_ptr<OutboundSender> outbound;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<TokenDesk> desk;
  std::unique_ptr<Payments> payments;
  std::unique_ptr<LogRetention> log_retention;  // null: the audit log is kept for ever
  std::unique_ptr<RetentionSweeper> sweeper;
  std::unique_ptr<MerchantPurge> merchant_purge;
  std::unique_ptr<ReencryptionJob> reencryption;
  std::unique_ptr<KeyAdmin> key_admin;
  std::unique_ptr<KekAdmin> kek_admin;
  std::unique_ptr<Backups> backups;
  bool restart_resolved = false;
};

// Opens a vault that InitVault made, as far as that needs no keys: what can be had of it is refused
// as VAULT_SEALED, and nothing changes by itself. To a store that is not admitted (`standing`)
// nothing is written until SettleRooms, but its admission (VaultSeal::Admit). Errors are those of
// the rooms; all are fit to be shown to the operator.
absl::StatusOr<std::unique_ptr<Rooms>> OpenRooms(const ServerConfig& config, const Clock& clock);

// What the store is now, beside this machine and what stands outside. Errors as JudgeStore.
absl::StatusOr<StoreStanding> JudgeRooms(const Rooms& rooms);

// The KEK that wraps the keyring, from the place of the configuration in which it is; null when it
// is in custody. Errors as KekPlaces::Find and KeyringManager::ReadKek.
absl::StatusOr<std::shared_ptr<KekProvider>> OpenStoredKek(Rooms& rooms);

// The rest, with the KEK: opens the keyring and, where the store is admitted, SettleRooms. Errors
// as KeyringManager::Unseal and Payments::ResolveRestart; then the vault is sealed as before. Not
// while another call of it runs.
absl::Status UnsealRooms(Rooms& rooms, std::shared_ptr<KekProvider> kek);

// Of a vault that is unsealed: the first time settles what the last process left, and starts what
// works by itself. Errors as Payments::ResolveRestart. Not while another call of these runs.
absl::Status SettleRooms(Rooms& rooms);

// Back to what OpenRooms gave: no key and no CVV is left but with the calls that are under way. Not
// while another call of these runs.
void SealRooms(Rooms& rooms);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_ROOMS_H_
