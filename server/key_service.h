#ifndef CARDVAULT_SERVER_KEY_SERVICE_H_
#define CARDVAULT_SERVER_KEY_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "server/kek_admin.h"
#include "server/key_admin.h"
#include "server/rpc_shell.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// cardvault.admin.v1.KeyService: states and check values of keys, their next versions and their
// ends. All parts must outlive the service. Thread-safe.
struct KeyServiceParts {
  RpcShell& shell;
  Executor& executor;
  const KeyringHolder& keyring;
  KeyringManager& manager;
  CommitPipeline& pipeline;
  KeyAdmin& admin;
  KekAdmin& keks;
};
std::unique_ptr<grpc::Service> NewKeyService(const KeyServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_SERVICE_H_
