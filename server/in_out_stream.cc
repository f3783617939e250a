#include <grpcpp/alarm.h>

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "server/gatekeeper.h"
#include "server/rpc_call.h"
#include "server/rpc_shell.h"

namespace cardvault {

// Reads a message when the one before is taken and the exchange has room, and has one answer on its
// way at a time: a caller who does not read is not read from, and holds no thread.
class RpcShell::InOutStream final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public std::enable_shared_from_this<InOutStream> {
 public:
  InOutStream(RpcShell& shell, grpc::CallbackServerContext* context, const MethodRule& rule,
              Executor& executor, std::unique_ptr<google::protobuf::Message> request,
              std::unique_ptr<google::protobuf::Message> response)
      : shell_(shell),
        executor_(executor),
        call_(std::make_shared<Call>(shell, context, /*answer=*/nullptr, rule,
                                     [this](const grpc::Status& status) { Finish(status); })),
        request_(std::move(request)),
        response_(std::move(response)) {}

  void Begin(OpenExchange open) {
    self_ = shared_from_this();
    absl::StatusOr<Caller> caller = shell_.Admit(*call_);
    if (!caller.ok()) return Refuse(call_, caller.status());
    call_->is_open_ = true;
    standing_ = Gatekeeper::StandingOf(*call_->context_, *caller);
    auto exchange = std::move(open)(*caller, [weak = weak_from_this()] {
      if (const std::shared_ptr<InOutStream> stream = weak.lock()) stream->Turn();
    });
    if (!exchange.ok()) return Refuse(call_, exchange.status());
    exchange_ = *std::move(exchange);
    Turn();
    Watch();
  }

  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      reading_ = false;
      read_all_ = !ok;
      taking_ = ok && !ended_;
      moved_ = absl::Now();
      if (ended_) return;
    }
    if (!ok) return Turn();
    executor_.Post([self = shared_from_this()] { self->Take(); });
  }
  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      gone_ = gone_ || !ok;
      moved_ = absl::Now();
    }
    Turn();
  }
  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      gone_ = true;
    }
    Turn();
  }
  void OnDone() override {
    alarm_.Cancel();
    self_.reset();
  }

 private:
  void Take() {
    request_->Clear();
    absl::Status taken = CheckStanding();
    if (taken.ok()) taken = Parse(*call_, in_, *request_);
    in_.Clear();
    if (taken.ok()) taken = exchange_->Take(*request_);
    {
      absl::MutexLock lock(&mutex_);
      taking_ = false;
      if (failure_.ok()) failure_ = std::move(taken);
    }
    Turn();
  }

  // A call that goes on for days must not outlive what it was admitted for.
  absl::Status CheckStanding() {
    absl::Status standing = shell_.gatekeeper_.CheckStanding(*standing_);
    if (!standing.ok()) {
      absl::MutexLock lock(&mutex_);
      if (failure_.ok()) expelled_ = true;
    }
    return standing;
  }

  // Does what can be done now: write, read, or end.
  void Turn() {
    bool write = false;
    bool read = false;
    bool end = false;
    {
      absl::MutexLock lock(&mutex_);
      if (ended_ || exchange_ == nullptr) return;
      if (failure_.ok()) failure_ = exchange_->Trouble();
      // Asked first: what ends between the two questions has left its answer.
      const bool busy = exchange_->IsBusy();
      if (!writing_ && !gone_) {
        response_->Clear();
        writing_ = write = exchange_->Fill(*response_);
      }
      const bool over = read_all_ || gone_ || !failure_.ok();
      if (!over && !reading_ && !taking_ && exchange_->HasRoom()) reading_ = read = true;
      ended_ = end = over && !busy && !taking_ && !writing_;
      if (write) {
        const grpc::Slice slice = Serialized(*response_);
        out_ = grpc::ByteBuffer(&slice, 1);
      }
    }
    if (write) StartWrite(&out_);
    if (read) StartRead(&in_);
    if (end) End();
  }

  // Looks after what does not move by itself.
  void Watch() {
    alarm_.Set(absl::ToChronoTime(absl::Now() + kWatchInterval),
               // The alarm keeps this function for as long as it lives itself.
               [weak = weak_from_this()](bool due) {
                 const std::shared_ptr<InOutStream> stream = weak.lock();
                 if (due && stream != nullptr) stream->Look();
               });
  }

  void Look() {
    absl::Status standing = CheckStanding();
    {
      absl::MutexLock lock(&mutex_);
      if (ended_) return;
      if (failure_.ok()) failure_ = std::move(standing);
      if (absl::Now() - moved_ > kExchangeIdleLimit) {
        if (failure_.ok()) {
          failure_ = ResourceExhausted(ErrorReason::kLimit, "nothing came and nothing was read");
        }
        if (writing_) call_->context_->TryCancel();  // whoever does not read hears nothing either
      }
      if (failure_.ok() && shell_.gatekeeper_.IsDraining()) {
        failure_ = Unavailable(ErrorReason::kDraining, "the server is shutting down");
      }
    }
    Turn();
    Watch();
  }

  void End() {
    absl::Status how;
    bool gone = false;
    {
      absl::MutexLock lock(&mutex_);
      how = failure_;
      gone = gone_;
      if (expelled_) call_->is_open_ = false;
    }
    exchange_->Close(
        gone && how.ok() ? Unavailable(ErrorReason::kUnspecified, "the caller has gone") : how,
        [self = shared_from_this(), gone, how] {
          // Who has gone hears nothing; a server that stops is no refusal.
          if (gone) return self->call_->Finish(absl::OkStatus());
          if (how.ok() || ReasonOf(how) == ErrorReason::kDraining) {
            return self->call_->Finish(how);
          }
          Refuse(self->call_, how);
        });
  }

  RpcShell& shell_;
  Executor& executor_;
  const std::shared_ptr<Call> call_;
  const std::unique_ptr<google::protobuf::Message> request_;
  const std::unique_ptr<google::protobuf::Message> response_;
  std::shared_ptr<MessageExchange> exchange_;     // null: refused
  std::shared_ptr<InOutStream> self_;             // until OnDone
  std::optional<Gatekeeper::Standing> standing_;  // set once, before the exchange
  grpc::ByteBuffer in_;                           // of the read under way, or being taken
  grpc::ByteBuffer out_;                          // of the write under way
  grpc::Alarm alarm_;

  absl::Mutex mutex_;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool taking_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_all_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool expelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time moved_ ABSL_GUARDED_BY(mutex_) = absl::Now();
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* RpcShell::StartExchange(
    grpc::CallbackServerContext* context, const MethodRule& rule, Executor& executor,
    std::unique_ptr<google::protobuf::Message> request,
    std::unique_ptr<google::protobuf::Message> response, OpenExchange open) {
  const auto stream = std::make_shared<InOutStream>(*this, context, rule, executor,
                                                    std::move(request), std::move(response));
  stream->Begin(std::move(open));
  return stream.get();  // which keeps itself until OnDone
}

}  // namespace cardvault
