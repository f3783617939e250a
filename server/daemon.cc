#include "server/daemon.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/version.h"
#include "server/approved_config.h"
#include "server/audit_desk.h"
#include "server/audit_service.h"
#include "server/backup_change_effects.h"
#include "server/backup_service.h"
#include "server/change_desk.h"
#include "server/change_effects.h"
#include "server/change_service.h"
#include "server/custody_desk.h"
#include "server/custody_service.h"
#include "server/gatekeeper.h"
#include "server/kek_source.h"
#include "server/key_change_effects.h"
#include "server/key_service.h"
#include "server/listeners.h"
#include "server/merchant_admin.h"
#include "server/metrics.h"
#include "server/payment_service.h"
#include "server/read_log.h"
#include "server/refusal_log.h"
#include "server/rooms.h"
#include "server/rpc_shell.h"
#include "server/sealed_file.h"
#include "server/serving_state.h"
#include "server/start_measures.h"
#include "server/store_admission.h"
#include "server/store_service.h"
#include "server/system_service.h"
#include "server/telling.h"
#include "server/tls_files.h"
#include "server/token_service.h"
#include "server/vault_seal.h"
#include "server/wire/card_intake.h"

namespace cardvault {
namespace {

// How often counted refusals, expired CVVs and a draining server are looked at.
constexpr absl::Duration kTick = absl::Seconds(1);
// As often as gRPC reads the certificates again.
constexpr unsigned kTlsCheckTicks = kCertificateRefreshSeconds;
// An expired proposal cannot be approved anyhow: a minute later its secret is gone as well.
constexpr unsigned kChangeSweepTicks = 60;
// A purge that a count or a re-encryption held up is tried again when those may be over.
constexpr unsigned kPurgeTicks = 10;
constexpr absl::Duration kDrainTick = absl::Milliseconds(20);

// What an operator does about an error of opening a room.
const char* MendFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return "run `cardvault key init --config FILE` once to make a vault, or correct the path";
    case absl::StatusCode::kUnavailable:
      return "stop the other cardvaultd that has the directory open, or check the disk, "
             "or the HSM";
    case absl::StatusCode::kDataLoss:
      return "put the vault's own KEK back if this is another (`key init` printed its check "
             "value); else keep the directory as it is and do not go on with it";
    default:
      return "correct the configuration; docs/configuration.md explains every key";
  }
}

// Of both ports; what is wrong with a file that they share is said once.
std::vector<FileMistake> CheckAllTlsFiles(const ServerConfig& config) {
  std::vector<FileMistake> mistakes;
  for (const ListenerConfig* listener : {&config.merchant, &config.admin}) {
    for (FileMistake& mistake : CheckTlsFiles(*listener)) {
      const bool known = std::any_of(mistakes.begin(), mistakes.end(), [&](const auto& said) {
        return said.path == mistake.path && said.problem == mistake.problem;
      });
      if (!known) mistakes.push_back(std::move(mistake));
    }
  }
  return mistakes;
}

bool TlsFilesAreGood(const ServerConfig& config) {
  const std::vector<FileMistake> mistakes = CheckAllTlsFiles(config);
  for (const FileMistake& mistake : mistakes) {
    PrintStartError(mistake.problem, mistake.path, mistake.mend);
  }
  return mistakes.empty();
}

// A fixed sentence of CheckTlsFiles.
struct TlsProblem {
  const char* sentence;
  friend absl::string_view SafeForLog(const TlsProblem& problem) { return problem.sentence; }
};

// New connections fail while the files that gRPC reads again do not make a pair, and gRPC does not
// say so.
void LogTlsMistakes(const ServerConfig& config) {
  for (const FileMistake& mistake : CheckAllTlsFiles(config)) {
    LogEvent(LogLevel::kError, "tls.file_unusable")
        .With("file", ConfiguredPath{mistake.path})
        .With("problem", TlsProblem{mistake.problem});
  }
}

// In production the listeners take the trust anchors that are approved, whatever becomes of the
// files; in sandbox mode the files, as they are now and later.
absl::StatusOr<ServerConfig> WithAnchorsInForce(const ServerConfig& config,
                                                const ApprovedConfig& approved,
                                                std::vector<std::unique_ptr<SealedFile>>& files) {
  ServerConfig in_force = config;
  if (config.mode != VaultMode::kProduction) return in_force;
  for (const auto& [name, listener] :
       {std::pair{kMerchantAnchor, &in_force.merchant}, std::pair{kAdminAnchor, &in_force.admin}}) {
    ASSIGN_OR_RETURN(std::unique_ptr<SealedFile> file,
                     SealedFile::Create(approved.AnchorInForce(name)));
    listener->client_ca = file->path();
    files.push_back(std::move(file));
  }
  return in_force;
}

void WriteReadyFile(const std::string& path, const Listeners& listeners, const Metrics* metrics) {
  if (path.empty()) return;
  const std::string unfinished = absl::StrCat(path, ".new");
  std::ofstream(unfinished) << "{\"merchant_port\":" << listeners.merchant_port()
                            << ",\"admin_port\":" << listeners.admin_port()
                            << (metrics == nullptr
                                    ? std::string()
                                    : absl::StrCat(",\"metrics_port\":", metrics->port()))
                            << "}\n";
  rename(unfinished.c_str(), path.c_str());  // whole or not there
}

// An entry of the process's own.
AuditLeaf OwnLeaf(AuditAction action) {
  AuditLeaf leaf{action};
  leaf.origin.principal = "cardvaultd";
  leaf.object = kVersion;
  return leaf;
}

// With the entries of the start: unsealed where the KEK is at hand and the configuration that says
// where is approved, else sealed. Whoever wrote that file could name a module of his own in it.
absl::Status Begin(Rooms& rooms, VaultSeal& seal) {
  ASSIGN_OR_RETURN(std::vector<AuditLeaf> leaves,
                   MeasureStart("/proc/self/exe", *rooms.approved_config));
  leaves.insert(leaves.begin(), OwnLeaf(AuditAction::kLogStarted));
  ASSIGN_OR_RETURN(const KekVersionInfo stored, rooms.keyring_manager->ReadKek());
  RETURN_IF_ERROR(rooms.kek_places->CheckNamed(stored.provider));
  std::shared_ptr<KekProvider> kek;
  if (rooms.approved_config->IsApproved()) {
    ASSIGN_OR_RETURN(kek, OpenStoredKek(rooms));
  }
  if (kek == nullptr) return Tell(*rooms.pipeline, std::move(leaves));
  return seal.Unseal(std::move(kek), std::move(leaves));
}

void PrintOpenError(const ServerConfig& config, const absl::Status& status) {
  const bool kek = absl::IsNotFound(status) || absl::IsDataLoss(status) ||
                   config.kek.provider == "pkcs11" || config.kek_next.has_value();
  std::string where = absl::StrCat("data_directory ", config.data_directory);
  if (kek) absl::StrAppend(&where, ", ", KekPlace(config.kek));
  if (kek && config.kek_next.has_value()) {
    absl::StrAppend(&where, ", ", KekPlace(*config.kek_next, "kek_next"));
  }
  PrintStartError(status.message(), where, MendFor(status));
}

// A trust anchor that was put in the place of the one in force has no effect in production, before
// it is approved and the server started again.
void LogAnchorsNotInForce(const ServerConfig& config, const ApprovedConfig& approved) {
  if (config.mode != VaultMode::kProduction) return;
  const absl::StatusOr<std::vector<ConfigFile>> files = ReadConfigFiles(config);
  if (!files.ok()) return;  // LogTlsMistakes says which
  for (const char* const name : {kMerchantAnchor, kAdminAnchor}) {
    for (const ConfigFile& file : *files) {
      if (file.name != name || file.content == approved.AnchorInForce(name)) continue;
      LogEvent(LogLevel::kWarning, "tls.anchor_not_in_force")
          .With("file", ConfiguredPath{file.name});
    }
  }
}

// Where the KEK is at hand: until the configuration was approved that says where, nothing of it was
// touched.
void UnsealAfterApproval(Rooms& rooms, VaultSeal& seal) {
  absl::StatusOr<std::shared_ptr<KekProvider>> kek = OpenStoredKek(rooms);
  if (kek.ok() && *kek == nullptr) return;  // custodians unseal it
  const absl::Status status =
      kek.ok() ? seal.Unseal(*std::move(kek), {OwnLeaf(AuditAction::kVaultUnsealed)})
               : kek.status();
  if (!status.ok()) LogEvent(LogLevel::kError, "vault.unsealing_failed").With("status", status);
}

// Waits for a signal to stop, doing what is due every second. `custody` may be null.
void WaitForStop(const ServerConfig& config, Rooms& rooms, ServingState& serving, VaultSeal& seal,
                 std::atomic<bool>& approved_now, RefusalLog& refusals, CustodyDesk* custody) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const timespec tick = absl::ToTimespec(kTick);
  for (unsigned ticks = 1; sigtimedwait(&signals, nullptr, &tick) < 0; ++ticks) {
    if (ticks % kTlsCheckTicks == 0) {
      LogTlsMistakes(config);
      LogAnchorsNotInForce(config, *rooms.approved_config);
    }
    if (ticks % kChangeSweepTicks == 0) {
      const absl::Status swept = rooms.changes->Sweep();
      if (!swept.ok()) LogEvent(LogLevel::kError, "change.sweep_failed").With("status", swept);
    }
    refusals.Tick();
    rooms.pipeline->Retry();
    if (!rooms.pipeline->is_failing() && rooms.log_health->Check().ok()) {
      serving.Lift(Restriction::kLogFailing);
    } else {
      serving.Impose(Restriction::kLogFailing);
    }
    if (ticks % kPurgeTicks == 0) rooms.key_admin->Tick();
    if (approved_now.exchange(false)) UnsealAfterApproval(rooms, seal);
    if (serving.Current().Has(Restriction::kSealed)) {
      rooms.escrow->WipeAll();  // what a call deposited that was under way
    } else {
      rooms.escrow->Sweep();
    }
    if (custody != nullptr) custody->Tick();
  }
}

// Refuses new calls and lets those under way end.
void Drain(Gatekeeper& gatekeeper, const RpcShell& shell, const Payments& payments,
           Listeners& listeners, absl::Duration patience, const Clock& clock) {
  gatekeeper.StartDraining();
  listeners.SetNotServing();
  const absl::Duration end = clock.SinceBoot() + patience;
  while ((shell.in_flight_count() > 0 || payments.in_flight_count() > 0) &&
         clock.SinceBoot() < end) {
    absl::SleepFor(kDrainTick);
  }
  listeners.Shutdown(absl::ZeroDuration());
}

}  // namespace

void PrintStartError(absl::string_view what, absl::string_view where, absl::string_view mend) {
  const std::string text = absl::StrCat("cardvaultd: cannot start: ", what, "\n  where: ", where,
                                        "\n  mend:  ", mend, "\n");
  fputs(text.c_str(), stderr);
}

int RunDaemon(const ServerConfig& config, const std::string& ready_file, MemoryLock memory_lock,
              const Clock& clock) {
  if (!TlsFilesAreGood(config)) return 1;
  std::vector<std::unique_ptr<SealedFile>> anchors;
  absl::StatusOr<std::unique_ptr<Rooms>> opened = OpenRooms(config, clock);
  if (!opened.ok()) {
    PrintOpenError(config, opened.status());
    return 1;
  }
  Rooms& rooms = **opened;
  ServingState serving(Restriction::kSealed);
  if (!rooms.standing.is_admitted()) serving.Impose(Restriction::kNotAdmitted);
  VaultSeal seal(rooms, serving);
  if (const absl::Status begun = Begin(rooms, seal); !begun.ok()) {
    PrintOpenError(config, begun);
    return 1;
  }

  ApprovedConfig& approved = *rooms.approved_config;
  if (!approved.IsApproved()) serving.Impose(Restriction::kConfigUnapproved);
  std::atomic<bool> approved_now = false;
  approved.Observe([&] {
    serving.Lift(Restriction::kConfigUnapproved);
    approved_now.store(true);
  });
  // A start that comes to nothing from here on is no crash.
  const auto give_up = [&rooms] {
    rooms.keyring_manager->Seal();
    const absl::Status told = Tell(*rooms.pipeline, {OwnLeaf(AuditAction::kLogStopped)});
    if (!told.ok()) LogEvent(LogLevel::kError, "server.stopped").With("audit", told);
    return 1;
  };
  absl::StatusOr<ServerConfig> in_force = WithAnchorsInForce(config, approved, anchors);
  if (!in_force.ok()) {
    PrintStartError(in_force.status().message(), "memfd_create", "free some memory");
    return give_up();
  }

  Gatekeeper gatekeeper(*rooms.roles, serving, clock);
  RefusalLog refusals(*rooms.pipeline, clock);
  RpcShell shell(gatekeeper, refusals, rooms.keyring, config.mode);
  ReadLog reads(*rooms.pipeline, config.audit_reads);
  CardIntake intake(*rooms.tokenizer, *rooms.desk, *rooms.escrow, *rooms.payments, *rooms.pipeline,
                    *rooms.sweeper);
  const auto tokens =
      NewTokenService(shell, intake, *rooms.desk, *rooms.escrow, *rooms.payments, *rooms.sweeper,
                      reads, *rooms.executor, {*rooms.tokenizer, *rooms.pipeline, refusals});
  const auto payments =
      NewPaymentService(shell, *rooms.payments, refusals, reads, *rooms.executor, config.mode);
  const auto system = NewSystemService(
      {shell, *rooms.admin_executor, *rooms.routes, *rooms.roles, *rooms.payments,
       *rooms.merchant_purge, *rooms.pipeline, rooms.keyring, *rooms.checkpointer, *rooms.backups,
       serving, clock, config.mode, rooms.identity->vault_id.value(), memory_lock});
  const auto keys =
      NewKeyService({shell, *rooms.admin_executor, rooms.keyring, *rooms.keyring_manager,
                     *rooms.pipeline, *rooms.key_admin, *rooms.kek_admin});

  std::unique_ptr<CustodyDesk> custody_desk;
  if (rooms.kek_places->CheckNamed("custody").ok()) {
    custody_desk = std::make_unique<CustodyDesk>(
        CustodyParts{*rooms.engine, *rooms.pipeline, *rooms.keyring_manager, seal, serving, clock,
                     rooms.identity->vault_id, [&rooms] { rooms.key_admin->PurgeKeys(); }},
        rooms.custody);
  }
  const auto custody = NewCustodyService(
      {shell, *rooms.admin_executor, *rooms.seal_executor, seal, custody_desk.get()});
  ChangeEffects effects =
      NewChangeEffects({*rooms.routes, *rooms.roles, *rooms.payments, approved});
  AddPurgeEffect(*rooms.merchant_purge, effects);
  AddKeyEffects(*rooms.key_admin, effects);
  AddKekEffects(*rooms.kek_admin, effects);
  AddCustodyEffect(custody_desk.get(), effects);
  AddBackupEffects(*rooms.backups, effects);
  StoreAdmission admission(rooms, seal, serving, clock);
  AddAdmissionEffects(admission, effects);
  ChangeDesk desk(*rooms.changes, std::move(effects), *rooms.roles, *rooms.engine,
                  *rooms.admin_executor);
  const auto changes = NewChangeService(
      {shell, *rooms.admin_executor, *rooms.changes, desk, approved, *rooms.pipeline});

  const auto backups =
      NewBackupService({shell, *rooms.admin_executor, *rooms.backups, *rooms.pipeline, clock});
  const auto store = NewStoreService({shell, *rooms.admin_executor, *rooms.pipeline, admission});

  AuditDesk audit_desk({*rooms.engine, *rooms.pipeline, rooms.keyring, *rooms.checkpointer});
  const auto audit = NewAuditService({shell, *rooms.admin_executor, audit_desk});

  const ListenerConfig* failed = nullptr;
  std::unique_ptr<Listeners> listeners =
      Listeners::Start(*in_force,
                       {{tokens.get(), payments.get()},
                        {system.get(), keys.get(), custody.get(), changes.get(), store.get(),
                         audit.get(), backups.get()}},
                       &failed);
  if (listeners == nullptr) {
    PrintStartError("the port is taken, or the address is not this machine's", failed->address,
                    "stop what listens there, or correct the listener's address");
    return give_up();
  }
  std::unique_ptr<Metrics> metrics;
  if (!config.metrics_address.empty()) {
    metrics =
        Metrics::Start(config.metrics_address, {*rooms.payments, rooms.keyring, *rooms.reencryption,
                                                *rooms.checkpointer, *rooms.log_health, clock});
    if (metrics == nullptr) {
      PrintStartError("the port is taken, or the address is not this machine's",
                      config.metrics_address,
                      "stop what listens there, or correct metrics_listener.address");
      return give_up();
    }
  }
  LogEvent(LogLevel::kInfo, "server.listening")
      .With("merchant_port", listeners->merchant_port())
      .With("admin_port", listeners->admin_port())
      .With("vault", rooms.identity->vault_id);
  serving.Observe([&](bool is_serving) { listeners->SetMerchantServing(is_serving); });
  WriteReadyFile(ready_file, *listeners, metrics.get());

  rooms.checkpointer->Launch();
  WaitForStop(config, rooms, serving, seal, approved_now, refusals, custody_desk.get());
  LogEvent(LogLevel::kInfo, "server.draining");
  rooms.key_admin->Stop();
  Drain(gatekeeper, shell, *rooms.payments, *listeners, config.drain_timeout, clock);
  rooms.sweeper->Stop();
  rooms.merchant_purge->Stop();
  rooms.reencryption->Stop();
  rooms.backups->Stop();
  rooms.payments->StopReconciler();
  metrics.reset();
  rooms.outbound->Stop(absl::ZeroDuration());
  rooms.admin_executor->Stop();
  rooms.seal_executor->Stop();
  rooms.executor->Stop();
  approved.Observe(nullptr);
  serving.Observe(nullptr);
  refusals.Flush();
  const absl::StatusOr<std::shared_ptr<const Keyring>> last_keys = rooms.keyring.Snapshot();
  // Gives back the uses that were reserved and not taken, while it can still be committed.
  rooms.keyring_manager->Seal();
  const absl::Status told = Tell(*rooms.pipeline, {OwnLeaf(AuditAction::kLogStopped)});
  LogEvent(LogLevel::kInfo, "server.stopped").With("audit", told);
  rooms.checkpointer->Stop(last_keys.ok() ? *last_keys : nullptr);
  rooms.pipeline->Stop();
  return told.ok() ? 0 : 1;
}

}  // namespace cardvault
