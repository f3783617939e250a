#include "server/rpc_shell.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/alarm.h>

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "audit/audited_status.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "card/token.h"
#include "server/four_eyes.h"
#include "server/rpc_call.h"
#include "server/status_conversion.h"
#include "server/wire/message_parser.h"
#include "tokenizer/token_minter.h"

namespace cardvault {

// A message at a time: the next one is made when the one before is written, so that a caller who
// reads slowly holds one message and no thread.
class RpcShell::OutStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  OutStream(RpcShell& shell, grpc::CallbackServerContext* context, const MethodRule& rule,
            std::unique_ptr<google::protobuf::Message> message)
      : call_(std::make_shared<Call>(shell, context, /*answer=*/nullptr, rule,
                                     [this](const grpc::Status& status) { Finish(status); })),
        gatekeeper_(shell.gatekeeper_),
        message_(std::move(message)) {}

  const std::shared_ptr<Call>& call() const { return call_; }

  void Begin(Executor& executor, const Caller& caller, OpenSource open) {
    standing_ = Gatekeeper::StandingOf(*call_->context_, caller);
    executor_ = &executor;
    open_ = std::move(open);
    Continue();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::OkStatus());  // a caller who has gone hears nothing
    if (pause_) return Pause();
    Continue();
  }
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  void Continue() {
    executor_->Post([this] { Step(); });
  }

  void Pause() {
    pause_ = false;
    alarm_.Set(absl::ToChronoTime(absl::Now() + kWatchInterval), [this](bool) { Continue(); });
  }

  void Step() {
    if (cancelled_.load()) return End(absl::OkStatus());
    if (gatekeeper_.IsDraining()) {
      return End(Unavailable(ErrorReason::kDraining, "the server is shutting down"));
    }
    // Before each message: a call that goes on for days must not outlive what it was admitted for.
    if (const absl::Status standing = gatekeeper_.CheckStanding(*standing_); !standing.ok()) {
      call_->is_open_ = false;
      return End(standing);
    }
    if (source_ == nullptr) {
      absl::StatusOr<std::unique_ptr<MessageSource>> source = std::move(open_)();
      if (!source.ok()) return End(source.status());
      source_ = *std::move(source);
    }
    message_->Clear();
    const absl::StatusOr<StreamStep> step = source_->Fill(*message_);
    if (!step.ok()) return End(step.status());
    if (*step == StreamStep::kEnd) return End(absl::OkStatus());
    if (*step == StreamStep::kPause) return Pause();
    pause_ = *step == StreamStep::kSendAndPause;
    const grpc::Slice slice = Serialized(*message_);
    buffer_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&buffer_);
  }

  void End(const absl::Status& status) {
    source_.reset();
    const std::shared_ptr<Call> call = call_;  // stays for as long as it finishes
    // A server that stops is no refusal of this caller's.
    if (status.ok() || ReasonOf(status) == ErrorReason::kDraining) return call->Finish(status);
    Refuse(call, status);
  }

  const std::shared_ptr<Call> call_;
  const Gatekeeper& gatekeeper_;
  const std::unique_ptr<google::protobuf::Message> message_;
  std::optional<Gatekeeper::Standing> standing_;  // from Begin on
  Executor* executor_ = nullptr;                  // from Begin on
  OpenSource open_;
  std::unique_ptr<MessageSource> source_;
  grpc::ByteBuffer buffer_;  // of the write under way
  bool pause_ = false;       // when that is written
  std::atomic<bool> cancelled_ = false;
  grpc::Alarm alarm_;
};

namespace {

// What is looked at now and then.
class Watched final : public MessageSource {
 public:
  explicit Watched(RpcShell::NextMessage next) : next_(std::move(next)) {}

  absl::StatusOr<StreamStep> Fill(google::protobuf::Message& message) override {
    if (!more_) return StreamStep::kEnd;
    more_ = next_(message);
    return more_ ? StreamStep::kSendAndPause : StreamStep::kSend;
  }

 private:
  RpcShell::NextMessage next_;
  bool more_ = true;
};

}  // namespace

RpcShell::OutStream* RpcShell::NewStream(grpc::CallbackServerContext* context,
                                         const MethodRule& rule,
                                         std::unique_ptr<google::protobuf::Message> message) {
  return new OutStream(*this, context, rule, std::move(message));  // OnDone deletes it
}

RpcShell::Call& RpcShell::CallOf(OutStream& stream) { return *stream.call(); }

grpc::ServerWriteReactor<grpc::ByteBuffer>* RpcShell::Refused(OutStream* stream,
                                                              const absl::Status& status) {
  Refuse(stream->call(), status);
  return stream;
}

absl::StatusOr<std::unique_ptr<MessageSource>> RpcShell::SourceOf(
    absl::StatusOr<NextMessage> next) {
  if (!next.ok()) return next.status();
  return std::make_unique<Watched>(*std::move(next));
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* RpcShell::StartOn(Executor& executor, OutStream* stream,
                                                              const Caller& caller,
                                                              OpenSource open) {
  stream->Begin(executor, caller, std::move(open));
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

absl::StatusOr<Caller> RpcShell::Admit(Call& call) {
  ASSIGN_OR_RETURN(Gatekeeper::Admitted admitted,
                   gatekeeper_.Admit(*call.context_, call.rule_, call.origin_));
  call.ticket_.emplace(std::move(admitted.ticket));
  return std::move(admitted.caller);
}

absl::Status RpcShell::Parse(Call& call, const grpc::ByteBuffer& bytes,
                             google::protobuf::Message& message) {
  call.is_open_ = bytes.Length() <= call.rule_.max_request_bytes;
  if (!call.is_open_) {
    return ResourceExhausted(ErrorReason::kLimit, "the request is larger than this call takes");
  }
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() && !bytes.DumpToSingleSlice(&slice).ok()) {
    return Internal(ErrorReason::kInternal, "the request could not be read");
  }
  return ParseMessage(absl::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()),
                      message);
}

absl::StatusOr<Caller> RpcShell::Open(Call& call, const grpc::ByteBuffer& bytes,
                                      google::protobuf::Message& request) {
  ASSIGN_OR_RETURN(Caller caller, Admit(call));
  RETURN_IF_ERROR(Parse(call, bytes, request));
  RETURN_IF_ERROR(CheckFourEyes(call.rule_, request, mode_));
  call.object_ = TokenNamedIn(request, caller);
  return caller;
}

grpc::Slice RpcShell::Serialized(const google::protobuf::Message& message) {
  grpc::Slice slice(message.ByteSizeLong());
  CV_CHECK(message.SerializeToArray(const_cast<uint8_t*>(slice.begin()),
                                    static_cast<int>(slice.size())));
  return slice;
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
  leaf.reason = reason;
  leaf.origin = call->origin_;
  leaf.object = call->object_;
  // Who calls, how often and how much; a handler that denies something to a caller it was given has
  // its own entry.
  if (!call->is_open_ && (status.code() == absl::StatusCode::kUnauthenticated ||
                          status.code() == absl::StatusCode::kPermissionDenied ||
                          status.code() == absl::StatusCode::kResourceExhausted)) {
    leaf.action = AuditAction::kCallRefused;
    leaf.object = call->rule_.method + 1;  // without the slash
  }
  RefusalLog& refusals = call->shell_.refusals_;
  refusals.Record(std::move(leaf),
                  [call = std::move(call), status]() mutable { call->Finish(status); });
}

}  // namespace cardvault
