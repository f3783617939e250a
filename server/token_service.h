#ifndef CARDVAULT_SERVER_TOKEN_SERVICE_H_
#define CARDVAULT_SERVER_TOKEN_SERVICE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <memory>

#include "base/executor.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/payments.h"
#include "server/card_import.h"
#include "server/read_log.h"
#include "server/rpc_shell.h"
#include "server/wire/card_intake.h"
#include "tokenizer/token_desk.h"
#include "vault/retention/retention_sweeper.h"

namespace cardvault {

// cardvault.v1.TokenService: a thin shell over the intake and the token desk. All must outlive the
// service. Thread-safe.
std::unique_ptr<grpc::Service> NewTokenService(RpcShell& shell, CardIntake& intake, TokenDesk& desk,
                                               CvvEscrow& escrow, Payments& payments,
                                               RetentionSweeper& sweeper, ReadLog& reads,
                                               Executor& executor, const ImportParts& import_parts);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_TOKEN_SERVICE_H_
