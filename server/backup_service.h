#ifndef CARDVAULT_SERVER_BACKUP_SERVICE_H_
#define CARDVAULT_SERVER_BACKUP_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/clock.h"
#include "base/executor.h"
#include "server/rpc_shell.h"
#include "vault/backup/backups.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// cardvault.admin.v1.BackupService. All parts must outlive the service. Thread-safe.
struct BackupServiceParts {
  RpcShell& shell;
  Executor& executor;  // its calls wait for commits
  Backups& backups;
  CommitPipeline& pipeline;
  const Clock& clock;
};
std::unique_ptr<grpc::Service> NewBackupService(const BackupServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_BACKUP_SERVICE_H_
