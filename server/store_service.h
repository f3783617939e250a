#ifndef CARDVAULT_SERVER_STORE_SERVICE_H_
#define CARDVAULT_SERVER_STORE_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "server/rpc_shell.h"
#include "server/store_admission.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// cardvault.admin.v1.StoreService. All parts must outlive the service. Thread-safe.
struct StoreServiceParts {
  RpcShell& shell;
  Executor& executor;  // its calls wait for commits
  CommitPipeline& pipeline;
  StoreAdmission& admission;
};
std::unique_ptr<grpc::Service> NewStoreService(const StoreServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_STORE_SERVICE_H_
