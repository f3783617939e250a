#include "server/rpc_shell.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/alarm.h>

#include <atomic>
#include <memory>
#include <optional>

#include "absl/time/clock.h"
#include "audit/audited_status.h"
#include "base/check.h"
#include "base/error_reason.h"
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
  std::string object_;  // the token that the request names, if it names one
  std::optional<Gatekeeper::Ticket> ticket_;
};

// A message at a time: the next one is made when the one before is written and the interval is
// over.
class RpcShell::WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  WatchStream(RpcShell& shell, grpc::CallbackServerContext* context, const MethodRule& rule)
      : call_(std::make_shared<Call>(shell, context, /*answer=*/nullptr, rule,
                                     [this](const grpc::Status& status) { Finish(status); })),
        gatekeeper_(shell.gatekeeper_) {}

  const std::shared_ptr<Call>& call() const { return call_; }

  void Begin(std::unique_ptr<google::protobuf::Message> message, NextMessage next) {
    message_ = std::move(message);
    next_ = std::move(next);
    Write();
  }

  void OnWriteDone(bool ok) override {
    if (!ok || !more_)
      return call_->Finish(absl::OkStatus());  // a caller who has gone hears nothing
    alarm_.Set(absl::ToChronoTime(absl::Now() + kWatchInterval), [this](bool) { Write(); });
  }
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  void Write() {
    if (cancelled_.load()) return call_->Finish(absl::OkStatus());
    if (gatekeeper_.IsDraining()) {
      return call_->Finish(Unavailable(ErrorReason::kDraining, "the server is shutting down"));
    }
    message_->Clear();
    more_ = next_(*message_);
    grpc::Slice slice(message_->ByteSizeLong());
    CV_CHECK(message_->SerializeToArray(const_cast<uint8_t*>(slice.begin()),
                                        static_cast<int>(slice.size())));
    buffer_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&buffer_);
  }

  const std::shared_ptr<Call> call_;
  const Gatekeeper& gatekeeper_;
  std::unique_ptr<google::protobuf::Message> message_;
  NextMessage next_;
  grpc::ByteBuffer buffer_;  // of the write under way
  bool more_ = true;
  std::atomic<bool> cancelled_ = false;
  grpc::Alarm alarm_;
};

RpcShell::WatchStream* RpcShell::NewWatch(grpc::CallbackServerContext* context,
                                          const MethodRule& rule) {
  return new WatchStream(*this, context, rule);  // OnDone deletes it
}

RpcShell::Call& RpcShell::CallOf(WatchStream& stream) { return *stream.call(); }

grpc::ServerWriteReactor<grpc::ByteBuffer>* RpcShell::Refused(WatchStream* stream,
                                                              const absl::Status& status) {
  Refuse(stream->call(), status);
  return stream;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* RpcShell::Start(
    WatchStream* stream, std::unique_ptr<google::protobuf::Message> message, NextMessage next) {
  stream->Begin(std::move(message), std::move(next));
  return stream;
}

std::shared_ptr<RpcShell::Call> RpcShell::NewCall(grpc::CallbackServerContext* context,
                                                  grpc::ByteBuffer* answer,
                                                  const MethodRule& rule) {
  // It can be had once.
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  auto call = std::make_shared<Call>(*this, context, answer, rule, [reactor](grpc::Status status) {
    reactor->Finish(std::move(status));
  });
  call->reactor_ = reactor;
  return call;
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
  // Of the gatekeeper; a handler that denies something to a caller it was given has its own entry.
  if (!call->ticket_.has_value() && (status.code() == absl::StatusCode::kUnauthenticated ||
                                     status.code() == absl::StatusCode::kPermissionDenied)) {
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
