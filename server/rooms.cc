#include "server/rooms.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/sink/file_sink.h"
#include "audit/sink/syslog_sink.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "vault/admission/machine.h"
#include "vault/admission/store_standing.h"

namespace cardvault {
namespace {

// Second tries after lost races, and reads of many rows: two cores' worth.
constexpr size_t kExecutorThreads = 4;
// Administration waits for commits, and for an HSM, which may hang: it fills its own threads, and
// no payment waits behind it.
constexpr size_t kAdminThreads = 4;

absl::Status NotInitialised() {
  return FailedPrecondition(ErrorReason::kMode,
                            "there is no vault in the data directory: run `cardvault key init`");
}

// What a destruction or another KEK took out of the keyring may stand in the files still, when the
// process ended before it had rewritten them.
void PurgeDestroyedKeys(Rooms& rooms) {
  const absl::StatusOr<std::shared_ptr<const Keyring>> keyring = rooms.keyring.Snapshot();
  if (!keyring.ok()) return;
  bool any = (*keyring)->keks().size() > 1;
  for (const KeyVersionInfo& key : (*keyring)->Inventory()) {
    any = any || key.state == KeyState::kDestroyed;
  }
  if (any) rooms.key_admin->PurgeKeys();
}

std::unique_ptr<CheckpointSink> NewSink(const CheckpointSinkConfig& config) {
  if (!config.file.empty()) return std::make_unique<FileSink>(config.file);
  return std::make_unique<SyslogSink>(config.syslog);
}

// Compares the store with this machine and with what stands outside, before anything is written.
absl::Status Judge(const ServerConfig& config, Rooms& rooms) {
  ASSIGN_OR_RETURN(rooms.machine,
                   MachineDigest(config.machine_id_file, rooms.identity->vault_id, config.mode));
  for (const CheckpointSinkConfig& sink : config.checkpoint_sinks) {
    if (!sink.file.empty()) rooms.sink_files.push_back(sink.file);
  }
  ASSIGN_OR_RETURN(rooms.standing, JudgeRooms(rooms));
  for (const AdmissionReason& reason : rooms.standing.reasons) {
    LogEvent(LogLevel::kError, "store.not_admitted")
        .With("reason", reason.kind)
        .With("missing_first", reason.missing_first)
        .With("missing_end", reason.missing_end);
  }
  return absl::OkStatus();
}

absl::Status OpenLog(const ServerConfig& config, const Clock& clock, Rooms& rooms) {
  RETURN_IF_ERROR(Judge(config, rooms));
  // The log that an admission would begin: nothing is signed before.
  const StoreStanding& standing = rooms.standing;
  const uint32_t log = standing.is_admitted() ? standing.log() : standing.before.log + 1;
  const std::string origin = LogOrigin(rooms.identity->vault_id, log);
  for (const CheckpointSinkConfig& sink : config.checkpoint_sinks) {
    rooms.sinks.push_back(std::make_unique<SinkWriter>(
        NewSink(sink), clock, SinkWriter::Options{.is_required = sink.is_required}));
  }
  rooms.space = std::make_unique<SpaceReserve>(config.data_directory, SpaceReserve::Sizes());
  rooms.log_health = std::make_unique<LogHealth>(*rooms.space, rooms.sinks);
  CommitPipeline::Options options;
  options.gate = rooms.log_health.get();
  options.is_closed = !standing.is_admitted();
  ASSIGN_OR_RETURN(rooms.pipeline,
                   CommitPipeline::Start(*rooms.engine, rooms.keyring, clock, options));
  rooms.checkpointer = std::make_unique<Checkpointer>(
      *rooms.pipeline, rooms.keyring, clock, rooms.sinks, Checkpointer::Options{.origin = origin});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoreStanding> JudgeRooms(const Rooms& rooms) {
  return JudgeStore(*rooms.engine, {rooms.identity->vault_id, rooms.machine, rooms.sink_files});
}

absl::StatusOr<std::unique_ptr<Rooms>> OpenRooms(const ServerConfig& config, const Clock& clock) {
  auto rooms = std::make_unique<Rooms>();
  // First: PINs may come from descriptors (kek_source.h).
  ASSIGN_OR_RETURN(rooms->kek_places, KekPlaces::Open(config));

  RocksDbOptions options;
  options.path = config.data_directory;
  options.block_cache_size_bytes = config.block_cache_bytes;
  ASSIGN_OR_RETURN(rooms->engine, OpenRocksDbEngine(options));
  ASSIGN_OR_RETURN(std::optional<VaultIdentity> identity, ReadVaultIdentity(*rooms->engine));
  if (!identity.has_value()) return NotInitialised();
  RETURN_IF_ERROR(CheckVaultIdentity(*identity, config.mode, config.bin_length));
  rooms->identity = *std::move(identity);
  ASSIGN_OR_RETURN(rooms->custody, ReadCustody(*rooms->engine));

  RETURN_IF_ERROR(OpenLog(config, clock, *rooms));
  rooms->keyring_store = std::make_unique<KeyringRowStore>(*rooms->engine, *rooms->pipeline);
  KeyringManager::Options keyring_options;
  keyring_options.mode = static_cast<uint32_t>(config.mode);
  rooms->keyring_manager = std::make_unique<KeyringManager>(*rooms->keyring_store, rooms->keyring,
                                                            clock, keyring_options);
  ASSIGN_OR_RETURN(rooms->roles,
                   RoleBook::Load(*rooms->engine, *rooms->pipeline, clock, config.mode));
  ASSIGN_OR_RETURN(std::vector<ConfigFile> files, ReadConfigFiles(config));
  ASSIGN_OR_RETURN(rooms->approved_config, ApprovedConfig::Load(*rooms->engine, *rooms->pipeline,
                                                                std::move(files), config.mode));
  rooms->changes =
      std::make_unique<ChangeBook>(*rooms->engine, *rooms->pipeline, rooms->keyring, clock);
  if (rooms->standing.is_admitted()) RETURN_IF_ERROR(rooms->changes->ResolveRestart());

  rooms->executor = std::make_unique<Executor>(kExecutorThreads);
  rooms->admin_executor = std::make_unique<Executor>(kAdminThreads);
  rooms->seal_executor = std::make_unique<Executor>(1);
  ASSIGN_OR_RETURN(rooms->routes,
                   RouteBook::Load(*rooms->engine, *rooms->pipeline, rooms->keyring, clock));
  ASSIGN_OR_RETURN(rooms->escrow, CvvEscrow::Create(clock, config.cvv_life));
  ASSIGN_OR_RETURN(rooms->outbound, OutboundSender::Start(clock));

  Tokenizer::Options tokenizer_options;
  tokenizer_options.mode = config.mode;
  tokenizer_options.bin_length = config.bin_length;
  tokenizer_options.import_enumeration_limit = config.import_enumeration_limit;
  rooms->tokenizer = std::make_unique<Tokenizer>(*rooms->engine, *rooms->pipeline, rooms->keyring,
                                                 clock, *rooms->executor, tokenizer_options);
  rooms->desk = std::make_unique<TokenDesk>(*rooms->engine, *rooms->pipeline, rooms->keyring, clock,
                                            *rooms->executor, config.mode);
  rooms->payments = std::make_unique<Payments>(*rooms->engine, *rooms->pipeline, rooms->keyring,
                                               clock, *rooms->executor, *rooms->routes,
                                               *rooms->escrow, *rooms->outbound, config.mode);
  if (rooms->standing.admission.has_value()) {
    rooms->payments->LookUpUnknown(rooms->standing.admission->admit_time,
                                   rooms->standing.admission->look_up_until);
  }
  RetentionSweeper::Options sweeper_options;
  sweeper_options.mode = config.mode;
  sweeper_options.interval = config.retention_interval;
  sweeper_options.enumeration_window = tokenizer_options.enumeration_window;
  if (config.audit_retention_months.has_value()) {
    rooms->log_retention = std::make_unique<LogRetention>(
        *rooms->engine, *rooms->pipeline, clock,
        LogRetention::Options{.months = *config.audit_retention_months});
    sweeper_options.log = rooms->log_retention.get();
  }
  rooms->sweeper = std::make_unique<RetentionSweeper>(
      *rooms->engine, *rooms->pipeline, rooms->keyring, clock, sweeper_options,
      [engine = rooms->engine.get()] { return engine->Purge(Table::kRecords); });
  MerchantPurge::Options purge_options;
  purge_options.mode = config.mode;
  purge_options.deleted = [escrow = rooms->escrow.get(),
                           sweeper = rooms->sweeper.get()](const Token& token) {
    escrow->Wipe(token);
    sweeper->NoteErasure();
  };
  rooms->merchant_purge = std::make_unique<MerchantPurge>(
      *rooms->engine, *rooms->pipeline, rooms->keyring, clock, std::move(purge_options));
  RETURN_IF_ERROR(rooms->merchant_purge->ResumeStored());
  ReencryptionJob::Options job_options;
  job_options.mode = config.mode;
  rooms->reencryption = std::make_unique<ReencryptionJob>(*rooms->engine, *rooms->pipeline,
                                                          rooms->keyring, clock, job_options);
  RETURN_IF_ERROR(rooms->reencryption->ResumeStored());
  rooms->key_admin = std::make_unique<KeyAdmin>(
      KeyAdmin::Parts{rooms->keyring, *rooms->keyring_manager, *rooms->engine, *rooms->pipeline,
                      *rooms->reencryption,
                      [engine = rooms->engine.get()] { return engine->Purge(Table::kKeys); }});
  rooms->kek_admin = std::make_unique<KekAdmin>(KekAdmin::Parts{
      rooms->keyring, *rooms->keyring_manager, *rooms->engine, *rooms->pipeline, *rooms->kek_places,
      [keys = rooms->key_admin.get()] { return keys->PurgeKeys(); }});
  Backups::Options backup_options;
  backup_options.directory = config.backup.directory;
  backup_options.keep = config.backup.keep;
  backup_options.expire_after = absl::Hours(24) * config.backup.expire_days;
  backup_options.bytes_per_second = config.backup.bytes_per_second;
  rooms->backups = std::make_unique<Backups>(
      BackupSource{*rooms->engine, rooms->keyring, *rooms->checkpointer, *rooms->identity},
      *rooms->pipeline, clock, std::move(backup_options));
  return rooms;
}

absl::StatusOr<std::shared_ptr<KekProvider>> OpenStoredKek(Rooms& rooms) {
  ASSIGN_OR_RETURN(const KekVersionInfo stored, rooms.keyring_manager->ReadKek());
  RETURN_IF_ERROR(rooms.kek_places->CheckNamed(stored.provider));
  if (stored.provider == "custody") {
    if (!rooms.custody.has_value()) return DataLoss("the custody record is gone");
    return std::shared_ptr<KekProvider>();
  }
  return rooms.kek_places->Find(stored);
}

absl::Status UnsealRooms(Rooms& rooms, std::shared_ptr<KekProvider> kek) {
  // Read anew: it may have been admitted since it was opened.
  ASSIGN_OR_RETURN(const std::optional<Admission> admission, ReadAdmission(*rooms.engine));
  const std::string digest = AdmissionDigest(admission);
  if (rooms.pipeline->is_closed()) {
    return rooms.keyring_manager->UnsealFrozen(std::move(kek), digest);
  }
  RETURN_IF_ERROR(rooms.keyring_manager->Unseal(std::move(kek), digest));
  const absl::Status settled = SettleRooms(rooms);
  if (!settled.ok()) rooms.keyring_manager->Seal();
  return settled;
}

absl::Status SettleRooms(Rooms& rooms) {
  if (!rooms.restart_resolved) {
    RETURN_IF_ERROR(rooms.payments->ResolveRestart());
    rooms.restart_resolved = true;
    PurgeDestroyedKeys(rooms);
    rooms.sweeper->Start();
    rooms.merchant_purge->Launch();
    rooms.reencryption->Launch();
    rooms.backups->Launch();
  }
  rooms.payments->StartReconciler();
  return absl::OkStatus();
}

void SealRooms(Rooms& rooms) {
  rooms.escrow->WipeAll();  // first: the keyring may wait for an HSM
  // As long as there is a key to sign with.
  const absl::StatusOr<std::string> signed_now = rooms.checkpointer->SignNow();
  if (!signed_now.ok() && !rooms.pipeline->is_closed()) {
    LogEvent(LogLevel::kWarning, "audit.unsigned").With("status", signed_now.status());
  }
  rooms.keyring_manager->Seal();
  rooms.payments->StopReconciler();
}

}  // namespace cardvault
