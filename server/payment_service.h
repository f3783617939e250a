#ifndef CARDVAULT_SERVER_PAYMENT_SERVICE_H_
#define CARDVAULT_SERVER_PAYMENT_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "card/vault_mode.h"
#include "forwarder/payments.h"
#include "server/read_log.h"
#include "server/refusal_log.h"
#include "server/rpc_shell.h"

namespace cardvault {

// cardvault.v1.PaymentService: a thin shell over the forwarder. All must outlive the service.
// Thread-safe.
std::unique_ptr<grpc::Service> NewPaymentService(RpcShell& shell, Payments& payments,
                                                 RefusalLog& refusals, ReadLog& reads,
                                                 Executor& executor, VaultMode mode);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_PAYMENT_SERVICE_H_
