#ifndef CARDVAULT_SERVER_RPC_CALL_H_
#define CARDVAULT_SERVER_RPC_CALL_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "audit/audit_leaf.h"
#include "server/gatekeeper.h"
#include "server/role_table.h"
#include "server/rpc_shell.h"
#include "server/status_conversion.h"

namespace cardvault {

// Of the shell's own files alone.
class RpcShell::Call {
 public:
  // `finish` ends it on the wire, once.
  Call(RpcShell& shell, grpc::CallbackServerContext* context, grpc::ByteBuffer* answer,
       const MethodRule& rule, absl::AnyInvocable<void(grpc::Status)> finish)
      : shell_(shell), context_(context), answer_(answer), rule_(rule), finish_(std::move(finish)) {
    shell_.in_flight_.fetch_add(1);
  }
  ~Call() { shell_.in_flight_.fetch_sub(1); }

  void Finish(const absl::Status& status) {
    ticket_.reset();
    finish_(ToGrpcStatus(status, *context_));
  }

  RpcShell& shell_;
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* reactor_ = nullptr;  // of a call with one answer
  grpc::ByteBuffer* const answer_;
  const MethodRule& rule_;
  absl::AnyInvocable<void(grpc::Status)> finish_;
  AuditOrigin origin_;
  bool is_open_ = false;  // admitted, and of a size that is taken
  std::string object_;    // the token that the request names, if it names one
  std::optional<Gatekeeper::Ticket> ticket_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_RPC_CALL_H_
