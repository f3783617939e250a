#include "tests/testing/vault_backups.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "tests/testing/child_process.h"

namespace cardvault::testing {

std::string MakeBackup(admin::v1::BackupService::Stub& backups) {
  Call create;
  admin::v1::CreateBackupResponse begun;
  if (!backups.CreateBackup(create, {}, &begun).ok()) return "";
  return AwaitBackup(backups) == begun.id() ? begun.id() : "";
}

std::string AwaitBackup(admin::v1::BackupService::Stub& backups) {
  Call watch;
  const auto stream = backups.WatchBackup(watch, {});
  admin::v1::BackupProgress progress;
  while (stream->Read(&progress)) continue;
  return stream->Finish().ok() && progress.state() == "done" ? progress.id() : "";
}

std::string CheckpointKey(const VaultProcess& vault) {
  Call call;
  admin::v1::ListCheckpointKeysResponse response;
  const auto audit = admin::v1::AuditService::NewStub(vault.AdminChannel(kOperatorUri));
  CV_CHECK(audit->ListCheckpointKeys(call, {}, &response).ok());
  const auto newest =
      std::max_element(response.keys().begin(), response.keys().end(),
                       [](const auto& a, const auto& b) { return a.version() < b.version(); });
  CV_CHECK(newest != response.keys().end());
  return newest->verifier_key();
}

void RestoreBackup(const VaultProcess& vault, const std::string& data_directory,
                   const std::string& id, const std::string& key) {
  std::filesystem::remove_all(data_directory);
  const Finished restored =
      RunToEnd({kDaemon, "--config", vault.config_path(), "--restore-backup",
                absl::StrCat(vault.directory().File("backups"), "/", id), "--key", key},
               vault.directory().File("restore.log"));
  if (restored.exit_code != 0) fputs(restored.output.c_str(), stderr);
  CV_CHECK(restored.exit_code == 0);
}

void AdmitStore(const VaultProcess& vault) {
  const auto store = admin::v1::StoreService::NewStub(vault.AdminChannel(kOperatorUri));
  Call get;
  admin::v1::GetStoreResponse found;
  CV_CHECK(store->GetStore(get, {}, &found).ok());
  Call admit;
  admin::v1::AdmitStoreRequest request;
  request.set_audit_entry_count(found.audit_entry_count());
  request.set_declared_log(found.declared().log());
  request.set_declared_size(found.declared().size());
  request.set_deletions_unknown(true);
  admin::v1::AdmitStoreResponse admitted;
  const grpc::Status status = store->AdmitStore(admit, request, &admitted);
  if (!status.ok()) fputs(status.error_message().c_str(), stderr);
  CV_CHECK(status.ok());

  // As they were when the backup was made: operators compare them first.
  const auto system = admin::v1::SystemService::NewStub(vault.AdminChannel(kOperatorUri));
  Call list;
  admin::v1::ListRoutesResponse routes;
  CV_CHECK(system->ListRoutes(list, {}, &routes).ok());
  for (const admin::v1::RouteSummary& route : routes.routes()) {
    Call enable;
    admin::v1::EnableRouteRequest which;
    which.set_route(route.name());
    admin::v1::EnableRouteResponse enabled;
    CV_CHECK(system->EnableRoute(enable, which, &enabled).ok());
  }
}

}  // namespace cardvault::testing
