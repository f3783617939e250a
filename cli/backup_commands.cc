#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cardvault/admin/v1/backup_service.grpc.pb.h"
#include "cli/admin_call.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"
#include "cli/protected_call.h"
#include "cli/table.h"

namespace cardvault::cli {
namespace {

using admin::v1::BackupProgress;
using admin::v1::BackupService;

constexpr char kRestoreText[] =
    "A backup is restored where no server runs, by the server's own program, which has the\n"
    "configuration that says where the vault is:\n"
    "  cardvaultd --config cardvault.yaml --restore-backup DIRECTORY --key VKEY\n"
    "What it makes serves nothing before it is admitted: docs/playbooks/restore-backup.md.\n";

struct BackupOptions {
  std::string id;
  bool watch = false;
};

std::string ProgressText(const BackupProgress& progress) {
  return Details({{"backup", progress.id()},
                  {"work", progress.work()},
                  {"state", progress.state()},
                  {"bytes", progress.work().empty() ? "" : absl::StrCat(progress.done_bytes())},
                  {"file at fault", progress.file()},
                  {"because", progress.problem().empty()
                                  ? ""
                                  : absl::StrCat(progress.reason(), ": ", progress.problem())}});
}

// Follows it to its end. Not bounded by --timeout: it takes as long as it takes to copy the store.
int Watch(Session& session) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  const auto stub = BackupService::NewStub(channel);
  const auto stream = stub->WatchBackup(&context, {});
  BackupProgress progress;
  {
    ProgressBar bar;
    while (stream->Read(&progress)) {
      if (session.json || progress.state() != "running") continue;
      BarState state;
      state.what = absl::StrCat(progress.work(), " ", progress.id(), ", bytes");
      state.done = progress.done_bytes();
      if (progress.has_total_bytes()) state.total = progress.total_bytes();
      state.per_second = progress.bytes_per_second();
      bar.Show(state);
    }
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return session.Refuse(status, context);
  const int shown = session.Show(progress, [&] { return ProgressText(progress); });
  return progress.state() == "failed" ? kRefused : shown;
}

int Create(Session& session, const BackupOptions& options) {
  admin::v1::CreateBackupRequest request;
  admin::v1::CreateBackupResponse response;
  const int exit_code =
      ProtectedCall<BackupService, admin::v1::CreateBackupRequest, admin::v1::CreateBackupResponse>(
          session, request, &BackupService::Stub::CreateBackup,
          &admin::v1::Proposal::mutable_create_backup,
          [](const admin::v1::CreateBackupResponse& answer) {
            return absl::StrCat("backup ", answer.id(), " is being made\n");
          },
          &response);
  const bool begun = exit_code == kOk && !response.id().empty();  // else it was proposed
  return begun && options.watch ? Watch(session) : exit_code;
}

int List(Session& session) {
  return AdminCall<BackupService, admin::v1::ListBackupsRequest, admin::v1::ListBackupsResponse>(
      session, {}, &BackupService::Stub::ListBackups,
      [](const admin::v1::ListBackupsResponse& response) {
        Table table(
            {"ID", "TIME", "STATE", "BYTES", "LOG ENTRIES", "KEK", "KEYS", "VERIFIED", "EXPIRES"});
        for (const admin::v1::Backup& backup : response.backups()) {
          const bool whole = backup.state() == "whole";
          table.Add({backup.id(), TimeText(backup.create_time()), backup.state(),
                     whole ? absl::StrCat(backup.size_bytes()) : "",
                     whole ? absl::StrCat(backup.audit_entry_count()) : "",
                     backup.kek_check_value(), whole ? absl::StrCat(backup.keys_size()) : "",
                     backup.has_verify_time() ? TimeText(backup.verify_time()) : "",
                     TimeText(backup.expire_time())});
        }
        std::string text = table.Text();
        if (response.unlisted_ids_size() > 0) {
          absl::StrAppend(&text, "in the backup directory and not listed: ",
                          absl::StrJoin(response.unlisted_ids(), ", "), "\n");
        }
        return text;
      });
}

int Verify(Session& session, const BackupOptions& options) {
  const auto channel = session.Connect("operator", /*admin=*/true);
  if (channel == nullptr) return kUsage;
  grpc::ClientContext context;
  session.Prepare(context);
  admin::v1::VerifyBackupRequest request;
  request.set_id(options.id);
  admin::v1::VerifyBackupResponse response;
  const auto stub = BackupService::NewStub(channel);
  const grpc::Status status = stub->VerifyBackup(&context, request, &response);
  if (!status.ok()) return session.Refuse(status, context);
  return Watch(session);
}

int Delete(Session& session, const BackupOptions& options) {
  admin::v1::DeleteBackupRequest request;
  request.set_id(options.id);
  return ProtectedCall<BackupService, admin::v1::DeleteBackupRequest,
                       admin::v1::DeleteBackupResponse>(
      session, request, &BackupService::Stub::DeleteBackup,
      &admin::v1::Proposal::mutable_delete_backup,
      [id = options.id](const admin::v1::DeleteBackupResponse&) {
        return absl::StrCat("backup ", id,
                            " is deleted; it is listed until its last file is gone\n");
      });
}

}  // namespace

void AddBackupCommands(CLI::App& app, Session& session, int& exit_code) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* backup = app.add_subcommand("backup", "copies of the whole vault, its keys wrapped");
  backup->require_subcommand(1);

  CLI::App* create = backup->add_subcommand("create",
                                            "make one beside traffic, in the server's "
                                            "backup.directory\n"
                                            "Example: cardvault backup create --watch");
  create->add_flag("--watch", options->watch, "show how far it is until its end");
  create->callback([&session, &exit_code, options] { exit_code = Create(session, *options); });

  CLI::App* list = backup->add_subcommand("list", "all that are listed, the oldest first");
  list->callback([&session, &exit_code] { exit_code = List(session); });

  CLI::App* verify =
      backup->add_subcommand("verify",
                             "read every file of one, open the copy, and compare it with what was "
                             "signed and with the log\n"
                             "Example: cardvault backup verify 20261122T063000Z-abcdefgh");
  verify->add_option("id", options->id, "as `cardvault backup list` shows it")->required();
  verify->callback([&session, &exit_code, options] { exit_code = Verify(session, *options); });

  CLI::App* remove =
      backup->add_subcommand("delete",
                             "delete one for good\n"
                             "Example: cardvault backup delete 20261122T063000Z-abcdefgh");
  remove->add_option("id", options->id, "as `cardvault backup list` shows it")->required();
  remove->callback([&session, &exit_code, options] { exit_code = Delete(session, *options); });

  CLI::App* restore = backup->add_subcommand("restore", kRestoreText);
  restore->callback([&exit_code] { exit_code = Session::Misused(kRestoreText); });
}

}  // namespace cardvault::cli
