#ifndef CARDVAULT_SERVER_SYSTEM_SERVICE_H_
#define CARDVAULT_SERVER_SYSTEM_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/executor.h"
#include "base/process_hardening.h"
#include "card/card_number_policy.h"
#include "forwarder/payments.h"
#include "forwarder/route_book.h"
#include "keys/keyring_holder.h"
#include "server/role_book.h"
#include "server/rpc_shell.h"
#include "server/serving_state.h"
#include "vault/backup/backups.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/retention/merchant_purge.h"

namespace cardvault {

// What cardvault.admin.v1.SystemService speaks of. All must outlive the service.
struct SystemServiceParts {
  RpcShell& shell;
  Executor& executor;  // its calls wait for commits
  RouteBook& routes;
  RoleBook& roles;
  Payments& payments;
  MerchantPurge& purge;
  CommitPipeline& pipeline;
  const KeyringHolder& keyring;
  const Checkpointer& checkpointer;
  const Backups& backups;
  const ServingState& serving;
  const Clock& clock;
  VaultMode mode;
  std::string vault_id;
  MemoryLock memory_lock;
};

// Thread-safe.
std::unique_ptr<grpc::Service> NewSystemService(SystemServiceParts parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_SYSTEM_SERVICE_H_
