#ifndef CARDVAULT_SERVER_KEY_SERVICE_H_
#define CARDVAULT_SERVER_KEY_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "keys/kek_provider.h"
#include "keys/keyring_holder.h"
#include "server/rpc_shell.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// cardvault.admin.v1.KeyService: states and check values of keys. All must outlive the service.
// Thread-safe.
std::unique_ptr<grpc::Service> NewKeyService(RpcShell& shell, const KeyringHolder& keyring,
                                             const KekProvider& kek, CommitPipeline& pipeline);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_SERVICE_H_
