#ifndef CARDVAULT_SERVER_RPC_SHELL_H_
#define CARDVAULT_SERVER_RPC_SHELL_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/executor.h"
#include "card/vault_mode.h"
#include "keys/keyring_holder.h"
#include "server/caller.h"
#include "server/gatekeeper.h"
#include "server/message_exchange.h"
#include "server/message_source.h"
#include "server/refusal_log.h"
#include "server/role_table.h"

namespace cardvault {

// How often a watched thing is told of: twice a second a bar moves evenly.
inline constexpr absl::Duration kWatchInterval = absl::Milliseconds(500);
// How long a call with messages both ways stays when neither side sends: its place is one of few.
inline constexpr absl::Duration kExchangeIdleLimit = absl::Minutes(5);

// What every RPC has around it: admission, size, parsing (with the field named), the handler, the
// audit entry of a refusal before its answer, serialising. Handlers are given a checked caller and
// a parsed request and answer once, from any thread. Thread-safe.
class RpcShell final {
 public:
  // A call on its way: answers exactly once.
  class Call;
  // One that answers with many messages; gRPC deletes it when it is over.
  class OutStream;
  // One with messages both ways; likewise.
  class InOutStream;
  using OpenSource = absl::AnyInvocable<absl::StatusOr<std::unique_ptr<MessageSource>>() &&>;
  // Makes an exchange; `wake` is to be called whenever it has another answer to its questions.
  using OpenExchange = absl::AnyInvocable<absl::StatusOr<std::shared_ptr<MessageExchange>>(
                                              const Caller&, std::function<void()> wake) &&>;
  // Fills the message; false: that was the last one.
  using NextMessage = absl::AnyInvocable<bool(google::protobuf::Message&)>;

  // All must outlive the shell.
  RpcShell(Gatekeeper& gatekeeper, RefusalLog& refusals, const KeyringHolder& keyring,
           VaultMode mode)
      : gatekeeper_(gatekeeper), refusals_(refusals), keyring_(keyring), mode_(mode) {}

  // `handle(const Caller&, Request&, done)` with done: AnyInvocable<void(StatusOr<Response>)&&>.
  // The request dies when `handle` returns.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                  const MethodRule& rule, Handler handle) {
    std::shared_ptr<Call> call = NewCall(context, answer, rule);
    grpc::ServerUnaryReactor* reactor = Reactor(*call);
    Request request;
    absl::StatusOr<Caller> caller = Open(*call, *bytes, request);
    if (!caller.ok()) {
      Refuse(std::move(call), caller.status());
      return reactor;
    }
    handle(*caller, request, [call](absl::StatusOr<Response> response) mutable {
      if (response.ok()) {
        Answer(*call, *response);
      } else {
        Refuse(std::move(call), response.status());
      }
    });
    return reactor;
  }

  // The same for a call that waits: `work(const Caller&, Request&)` gives the answer,
  // StatusOr<Response>, on the executor.
  template <typename Request, typename Response, typename Work>
  grpc::ServerUnaryReactor* ServeOn(grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                    const MethodRule& rule, Executor& executor, Work work) {
    using Done = absl::AnyInvocable<void(absl::StatusOr<Response>) &&>;
    return Serve<Request, Response>(
        context, bytes, answer, rule,
        [&executor, work](const Caller& caller, Request& request, Done done) {
          executor.Post(
              [work, caller, request = std::move(request), done = std::move(done)]() mutable {
                std::move(done)(work(caller, request));
              });
        });
  }

  // The same for an answer that is read from the disk as fast as the caller takes it:
  // `open(const Caller&, const Request&)` gives a StatusOr<unique_ptr<MessageSource>>. That, and
  // what the source does, runs on the executor and may wait; the source dies before the caller
  // hears of the end. The executor outlives the call. Ends with UNAVAILABLE (DRAINING) when the
  // server stops, and as Gatekeeper::CheckStanding as soon as the caller would not be admitted any
  // more.
  template <typename Request, typename Response, typename Open>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeStream(grpc::CallbackServerContext* context,
                                                          const grpc::ByteBuffer* bytes,
                                                          const MethodRule& rule,
                                                          Executor& executor, Open open) {
    OutStream* const stream = NewStream(context, rule, std::make_unique<Response>());
    Request request;
    absl::StatusOr<Caller> caller = this->Open(CallOf(*stream), *bytes, request);
    if (!caller.ok()) return Refused(stream, caller.status());
    return StartOn(
        executor, stream, *caller,
        [open, caller = *caller, request = std::move(request)] { return open(caller, request); });
  }

  // The same for one that tells how something goes on: `watch(const Caller&, const Request&)`, on
  // the executor as well, gives a StatusOr of a function that fills the next message, at once and
  // from then on each kWatchInterval, and says whether more come.
  template <typename Request, typename Response, typename Watch>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ServeWatch(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* bytes,
                                                         const MethodRule& rule, Executor& executor,
                                                         Watch watch) {
    return ServeStream<Request, Response>(context, bytes, rule, executor,
                                          [watch](const Caller& caller, const Request& request) {
                                            return SourceOf(watch(caller, request));
                                          });
  }

  // The same with messages both ways, each parsed as a request is. `open` runs before the first.
  // Ends as well as a stream does, and with RESOURCE_EXHAUSTED (LIMIT) when nothing moves for
  // kExchangeIdleLimit.
  template <typename Request, typename Response>
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* ServeExchange(
      grpc::CallbackServerContext* context, const MethodRule& rule, Executor& executor,
      OpenExchange open) {
    return StartExchange(context, rule, executor, std::make_unique<Request>(),
                         std::make_unique<Response>(), std::move(open));
  }

  // Calls under way, for draining.
  int64_t in_flight_count() const { return in_flight_.load(); }

 private:
  std::shared_ptr<Call> NewCall(grpc::CallbackServerContext* context, grpc::ByteBuffer* answer,
                                const MethodRule& rule);
  static grpc::ServerUnaryReactor* Reactor(Call& call);
  absl::StatusOr<Caller> Admit(Call& call);
  static absl::Status Parse(Call& call, const grpc::ByteBuffer& bytes,
                            google::protobuf::Message& message);
  absl::StatusOr<Caller> Open(Call& call, const grpc::ByteBuffer& bytes,
                              google::protobuf::Message& request);
  std::string TokenNamedIn(const google::protobuf::Message& request, const Caller& caller) const;
  OutStream* NewStream(grpc::CallbackServerContext* context, const MethodRule& rule,
                       std::unique_ptr<google::protobuf::Message> message);
  static Call& CallOf(OutStream& stream);
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Refused(OutStream* stream,
                                                             const absl::Status& status);
  static absl::StatusOr<std::unique_ptr<MessageSource>> SourceOf(absl::StatusOr<NextMessage> next);
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* StartOn(Executor& executor, OutStream* stream,
                                                             const Caller& caller, OpenSource open);
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartExchange(
      grpc::CallbackServerContext* context, const MethodRule& rule, Executor& executor,
      std::unique_ptr<google::protobuf::Message> request,
      std::unique_ptr<google::protobuf::Message> response, OpenExchange open);
  static grpc::Slice Serialized(const google::protobuf::Message& message);
  static void Answer(Call& call, const google::protobuf::Message& response);
  static void Refuse(std::shared_ptr<Call> call, const absl::Status& status);

  Gatekeeper& gatekeeper_;
  RefusalLog& refusals_;
  const KeyringHolder& keyring_;
  const VaultMode mode_;
  std::atomic<int64_t> in_flight_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_RPC_SHELL_H_
