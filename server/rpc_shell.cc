#include "server/rpc_shell.h"

#include <google/protobuf/descriptor.h>

#include <optional>

#include "audit/audited_status.h"
#include "base/log.h"
#include "base/status.h"
#include "card/token.h"
#include "server/four_eyes.h"
#include "server/status_conversion.h"
#include "server/wire/message_parser.h"
#include "tokenizer/token_minter.h"

namespace cardvault {

class RpcShell::Call {
 public:
  Call(RpcShell& shell, grpc::CallbackServerContext* context, grpc::ByteBuffer* answer,
       const MethodRule& rule)
      : shell_(shell),
        context_(context),
        reactor_(context->DefaultReactor()),
        answer_(answer),
        rule_(rule) {
    shell_.in_flight_.fetch_add(1);
  }
  ~Call() { shell_.in_flight_.fetch_sub(1); }

  void Finish(const absl::Status& status) {
    ticket_.reset();
    reactor_->Finish(ToGrpcStatus(status, *context_));
  }

  RpcShell& shell_;
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const answer_;
  const MethodRule& rule_;
  AuditOrigin origin_;
  std::string object_;  // the token that the request names, if it names one
  std::optional<Gatekeeper::Ticket> ticket_;
};

std::shared_ptr<RpcShell::Call> RpcShell::NewCall(grpc::CallbackServerContext* context,
                                                  grpc::ByteBuffer* answer,
                                                  const MethodRule& rule) {
  return std::make_shared<Call>(*this, context, answer, rule);
}

// The token a request speaks of, for the entry of its refusal: the caller's own alone. Anything
// else in that field is text of the caller's choosing, which has no place in the log.
std::string RpcShell::TokenNamedIn(const google::protobuf::Message& request,
                                   const Caller& caller) const {
  const google::protobuf::FieldDescriptor* field =
      request.GetDescriptor()->FindFieldByName("token");
  if (field == nullptr || field->type() != google::protobuf::FieldDescriptor::TYPE_STRING ||
      !caller.identity.merchant.has_value()) {
    return "";
  }
  absl::StatusOr<Token> token = Token::Parse(request.GetReflection()->GetString(request, field));
  absl::StatusOr<std::shared_ptr<const Keyring>> keyring = keyring_.Snapshot();
  if (!token.ok() || !keyring.ok() ||
      !TokenMinter::Verify(**keyring, *caller.identity.merchant, *token, mode_).ok()) {
    return "";
  }
  return token->text();
}

grpc::ServerUnaryReactor* RpcShell::Reactor(Call& call) { return call.reactor_; }

absl::StatusOr<Caller> RpcShell::Open(Call& call, const grpc::ByteBuffer& bytes,
                                      google::protobuf::Message& request) {
  ASSIGN_OR_RETURN(Gatekeeper::Admitted admitted,
                   gatekeeper_.Admit(*call.context_, call.rule_, call.origin_));
  call.ticket_.emplace(std::move(admitted.ticket));
  if (bytes.Length() > call.rule_.max_request_bytes) {
    return ResourceExhausted(ErrorReason::kLimit, "the request is larger than this call takes");
  }
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() && !bytes.DumpToSingleSlice(&slice).ok()) {
    return Internal(ErrorReason::kInternal, "the request could not be read");
  }
  RETURN_IF_ERROR(ParseMessage(
      absl::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()), request));
  RETURN_IF_ERROR(CheckFourEyes(call.rule_, request, mode_));
  call.object_ = TokenNamedIn(request, admitted.caller);
  return std::move(admitted.caller);
}

void RpcShell::Answer(Call& call, const google::protobuf::Message& response) {
  grpc::Slice slice(response.ByteSizeLong());
  if (!response.SerializeToArray(const_cast<uint8_t*>(slice.begin()),
                                 static_cast<int>(slice.size()))) {
    call.Finish(Internal(ErrorReason::kInternal, "the answer could not be written"));
    return;
  }
  grpc::ByteBuffer buffer(&slice, 1);
  call.answer_->Swap(&buffer);
  call.Finish(absl::OkStatus());
}

void RpcShell::Refuse(std::shared_ptr<Call> call, const absl::Status& status) {
  const ErrorReason reason = ReasonOf(status);
  // What is not the caller's doing and has no answer of ours yet stands in the process log too.
  if (status.code() == absl::StatusCode::kInternal || reason == ErrorReason::kUnspecified) {
    LogEvent(LogLevel::kError, "call.failed").With("status", status);
  }
  // A refusal that was counted came with its entry.
  if (IsAudited(status)) return call->Finish(status);
  AuditLeaf leaf{status.code() == absl::StatusCode::kDataLoss ? AuditAction::kRecordCorrupt
                                                              : call->rule_.refusal};
  leaf.outcome =
      status.code() == absl::StatusCode::kDataLoss || status.code() == absl::StatusCode::kInternal
          ? AuditOutcome::kFailed
          : AuditOutcome::kRefused;
  if (status.code() == absl::StatusCode::kUnauthenticated ||
      status.code() == absl::StatusCode::kPermissionDenied) {
    leaf.action = AuditAction::kCallRefused;
  }
  leaf.reason = reason;
  leaf.origin = call->origin_;
  leaf.object = call->object_;
  RefusalLog& refusals = call->shell_.refusals_;
  refusals.Record(std::move(leaf),
                  [call = std::move(call), status]() mutable { call->Finish(status); });
}

}  // namespace cardvault
