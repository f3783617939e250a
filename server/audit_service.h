#ifndef CARDVAULT_SERVER_AUDIT_SERVICE_H_
#define CARDVAULT_SERVER_AUDIT_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "server/audit_desk.h"
#include "server/rpc_shell.h"

namespace cardvault {

// cardvault.admin.v1.AuditService: the audit log and what proves it. All parts must outlive the
// service. Thread-safe.
struct AuditServiceParts {
  RpcShell& shell;
  Executor& executor;
  AuditDesk& desk;
};
std::unique_ptr<grpc::Service> NewAuditService(const AuditServiceParts& parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_AUDIT_SERVICE_H_
