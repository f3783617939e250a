#ifndef CARDVAULT_SERVER_CUSTODY_SERVICE_H_
#define CARDVAULT_SERVER_CUSTODY_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "server/custody_desk.h"
#include "server/rpc_shell.h"
#include "server/vault_seal.h"

namespace cardvault {

// What cardvault.admin.v1.CustodyService speaks of. All must outlive the service.
struct CustodyServiceParts {
  RpcShell& shell;
  Executor& executor;       // its calls wait for commits
  Executor& seal_executor;  // Seal's own: it is not to wait behind others
  VaultSeal& seal;
  CustodyDesk* desk;  // null where another provider keeps the KEK
};

// Thread-safe.
std::unique_ptr<grpc::Service> NewCustodyService(const CustodyServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CUSTODY_SERVICE_H_
