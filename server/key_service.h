#ifndef CARDVAULT_SERVER_KEY_SERVICE_H_
#define CARDVAULT_SERVER_KEY_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "server/rpc_shell.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// cardvault.admin.v1.KeyService: states and check values of keys, and their next versions. All
// parts must outlive the service. Thread-safe.
struct KeyServiceParts {
  RpcShell& shell;
  Executor& executor;
  const KeyringHolder& keyring;
  KeyringManager& manager;
  const Engine& engine;
  CommitPipeline& pipeline;
};
std::unique_ptr<grpc::Service> NewKeyService(const KeyServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_SERVICE_H_
