#include "server/backup_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "cardvault/admin/v1/backup_service.grpc.pb.h"
#include "server/admin_steps.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

using Service = admin::v1::BackupService;
using RawBackupService =
    Service::WithRawCallbackMethod_CreateBackup<Service::WithRawCallbackMethod_ListBackups<
        Service::WithRawCallbackMethod_VerifyBackup<Service::WithRawCallbackMethod_DeleteBackup<
            Service::WithRawCallbackMethod_WatchBackup<Service::Service>>>>>;

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

const char* StateWord(storage::v1::BackupState state) {
  switch (state) {
    case storage::v1::BACKUP_STATE_MAKING:
      return "making";
    case storage::v1::BACKUP_STATE_WHOLE:
      return "whole";
    case storage::v1::BACKUP_STATE_DELETING:
      return "deleting";
    default:
      return "";
  }
}

const char* StateWord(BackupProgress::State state) {
  switch (state) {
    case BackupProgress::State::kNone:
      return "none";
    case BackupProgress::State::kRunning:
      return "running";
    case BackupProgress::State::kDone:
      return "done";
    case BackupProgress::State::kFailed:
      return "failed";
  }
  return "";
}

class BackupServiceImpl final : public RawBackupService {
 public:
  explicit BackupServiceImpl(const BackupServiceParts& parts) : parts_(parts) {}

  ServerUnaryReactor* CreateBackup(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run<admin::v1::CreateBackupRequest, admin::v1::CreateBackupResponse>(
        context, in, out, "/cardvault.admin.v1.BackupService/CreateBackup",
        [this](const Caller& caller, const admin::v1::CreateBackupRequest&)
            -> absl::StatusOr<admin::v1::CreateBackupResponse> {
          admin::v1::CreateBackupResponse response;
          ASSIGN_OR_RETURN(*response.mutable_id(), parts_.backups.Create(caller.origin));
          return response;
        });
  }
  ServerUnaryReactor* ListBackups(CallbackServerContext* context, const ByteBuffer* in,
                                  ByteBuffer* out) override {
    return Run<admin::v1::ListBackupsRequest, admin::v1::ListBackupsResponse>(
        context, in, out, "/cardvault.admin.v1.BackupService/ListBackups",
        [this](const Caller& caller, const admin::v1::ListBackupsRequest&) {
          return Listed(caller);
        });
  }
  ServerUnaryReactor* VerifyBackup(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run<admin::v1::VerifyBackupRequest, admin::v1::VerifyBackupResponse>(
        context, in, out, "/cardvault.admin.v1.BackupService/VerifyBackup",
        [this](const Caller& caller, const admin::v1::VerifyBackupRequest& request)
            -> absl::StatusOr<admin::v1::VerifyBackupResponse> {
          RETURN_IF_ERROR(parts_.backups.CheckWhole(request.id()));
          RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "backup"));
          RETURN_IF_ERROR(parts_.backups.Verify(request.id()));
          return admin::v1::VerifyBackupResponse();
        });
  }
  ServerUnaryReactor* DeleteBackup(CallbackServerContext* context, const ByteBuffer* in,
                                   ByteBuffer* out) override {
    return Run<admin::v1::DeleteBackupRequest, admin::v1::DeleteBackupResponse>(
        context, in, out, "/cardvault.admin.v1.BackupService/DeleteBackup",
        [this](const Caller& caller, const admin::v1::DeleteBackupRequest& request)
            -> absl::StatusOr<admin::v1::DeleteBackupResponse> {
          RETURN_IF_ERROR(parts_.backups.Delete(caller.origin, request.id()));
          return admin::v1::DeleteBackupResponse();
        });
  }
  grpc::ServerWriteReactor<ByteBuffer>* WatchBackup(CallbackServerContext* context,
                                                    const ByteBuffer* in) override {
    return parts_.shell.ServeWatch<admin::v1::WatchBackupRequest, admin::v1::BackupProgress>(
        context, in, RuleOf("/cardvault.admin.v1.BackupService/WatchBackup"), parts_.executor,
        [this](const Caller& caller,
               const admin::v1::WatchBackupRequest&) -> absl::StatusOr<RpcShell::NextMessage> {
          RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "backup progress"));
          return [this](google::protobuf::Message& message) {
            const BackupProgress progress = parts_.backups.GetProgress();
            Show(progress, static_cast<admin::v1::BackupProgress&>(message));
            return progress.state == BackupProgress::State::kRunning;
          };
        });
  }

 private:
  // On the executor: it waits for commits.
  template <typename Request, typename Response, typename Work>
  ServerUnaryReactor* Run(CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out,
                          absl::string_view method, Work work) {
    return parts_.shell.ServeOn<Request, Response>(context, in, out, RuleOf(method),
                                                   parts_.executor, std::move(work));
  }

  absl::StatusOr<admin::v1::ListBackupsResponse> Listed(const Caller& caller) {
    RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "backups"));
    ASSIGN_OR_RETURN(const std::vector<ListedBackup> backups, parts_.backups.List());
    admin::v1::ListBackupsResponse response;
    for (const ListedBackup& backup : backups) {
      admin::v1::Backup& shown = *response.add_backups();
      shown.set_id(backup.id);
      *shown.mutable_create_time() = ToTimestamp(backup.create_time());
      shown.set_state(StateWord(backup.row.state()));
      shown.set_size_bytes(backup.row.size_bytes());
      shown.set_audit_entry_count(static_cast<int64_t>(backup.row.log_size()));
      shown.set_kek_check_value(backup.row.kek_check_value());
      *shown.mutable_keys() = backup.row.keys();
      if (backup.row.verified_micros() != 0) {
        *shown.mutable_verify_time() =
            ToTimestamp(absl::FromUnixMicros(backup.row.verified_micros()));
      }
      *shown.mutable_expire_time() = ToTimestamp(parts_.backups.ExpireTime(backup));
    }
    // Without its volume the list is what there is to see.
    const absl::StatusOr<std::vector<std::string>> unlisted = parts_.backups.Unlisted();
    if (unlisted.ok()) {
      for (const std::string& id : *unlisted) response.add_unlisted_ids(id);
    }
    return response;
  }

  void Show(const BackupProgress& progress, admin::v1::BackupProgress& shown) const {
    shown.set_state(StateWord(progress.state));
    if (progress.state == BackupProgress::State::kNone) return;
    shown.set_work(progress.is_verification ? "verify" : "create");
    shown.set_id(progress.id);
    shown.set_done_bytes(static_cast<int64_t>(progress.done_bytes));
    if (progress.total_bytes > 0) {
      shown.set_total_bytes(static_cast<int64_t>(progress.total_bytes));
    }
    const double seconds = absl::ToDoubleSeconds(parts_.clock.Now() - progress.start_time);
    if (progress.state == BackupProgress::State::kRunning && seconds > 0) {
      shown.set_bytes_per_second(static_cast<double>(progress.done_bytes) / seconds);
    }
    if (progress.status.ok()) return;
    shown.set_reason(std::string(ReasonName(ReasonOf(progress.status))));
    shown.set_problem(std::string(progress.status.message()));
    shown.set_file(progress.file);
  }

  const BackupServiceParts parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewBackupService(const BackupServiceParts& parts) {
  return std::make_unique<BackupServiceImpl>(parts);
}

}  // namespace cardvault
