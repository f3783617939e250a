#ifndef CARDVAULT_SERVER_CHANGE_SERVICE_H_
#define CARDVAULT_SERVER_CHANGE_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "server/approved_config.h"
#include "server/change_book.h"
#include "server/change_desk.h"
#include "server/rpc_shell.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// cardvault.admin.v1.ChangeService. All parts must outlive the service. Thread-safe.
struct ChangeServiceParts {
  RpcShell& shell;
  Executor& executor;  // its calls wait for commits
  ChangeBook& book;
  ChangeDesk& desk;
  const ApprovedConfig& config;
  CommitPipeline& pipeline;
};
std::unique_ptr<grpc::Service> NewChangeService(const ChangeServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CHANGE_SERVICE_H_
