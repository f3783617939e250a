#include "forwarder/outbound/https_loop.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

#include "absl/time/clock.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status Draining() {
  return Unavailable(ErrorReason::kDraining, "the server is shutting down");
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpsLoop>> HttpsLoop::Start(const Clock& clock,
                                                            HttpsLimits limits) {
  ASSIGN_OR_RETURN(std::unique_ptr<CurlReactor> reactor, CurlReactor::Create());
  return std::unique_ptr<HttpsLoop>(new HttpsLoop(clock, limits, std::move(reactor)));
}

HttpsLoop::HttpsLoop(const Clock& clock, HttpsLimits limits, std::unique_ptr<CurlReactor> reactor)
    : clock_(clock), limits_(limits), reactor_(std::move(reactor)), thread_([this] { Run(); }) {}

HttpsLoop::~HttpsLoop() { Stop(absl::ZeroDuration()); }

void HttpsLoop::Submit(HttpsCall call) {
  bool has_ended = false;
  {
    absl::MutexLock lock(&mutex_);
    has_ended = has_ended_;
    if (has_ended) {
      // There is no thread any more to run it on.
    } else if (stopping_) {
      refused_.push_back({std::move(call), Draining()});
    } else if (live_count_ >= limits_.max_transfers) {
      refused_.push_back({std::move(call), ResourceExhausted(ErrorReason::kLimit,
                                                             "too many payments are under way")});
    } else {
      ++live_count_;
      queue_.push_back(std::move(call));
    }
  }
  if (has_ended) {
    Refuse(std::move(call), Draining());
  } else {
    reactor_->Wake();
  }
}

void HttpsLoop::Stop(absl::Duration patience) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) deadline_ = absl::Now() + patience;
    stopping_ = true;
  }
  reactor_->Wake();
  absl::MutexLock lock(&joining_);
  if (thread_.joinable()) thread_.join();
}

void HttpsLoop::Run() {
  // Signals are other threads' business. SIGPIPE above all: libcurl, told to leave signals alone,
  // may write to a connection that the other side has closed.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (bool has_ended = false; !has_ended;) {
    std::vector<HttpsCall> calls;
    std::vector<Refused> refused;
    absl::Duration patience = absl::InfiniteDuration();
    bool is_over = false;
    {
      absl::MutexLock lock(&mutex_);
      calls.swap(queue_);
      refused.swap(refused_);
      if (stopping_) {
        patience = deadline_ - absl::Now();
        is_over = patience <= absl::ZeroDuration() || live_count_ == 0;
        // From now on Submit refuses on its own.
        has_ended = has_ended_ = is_over;
      }
    }
    for (Refused& each : refused) Refuse(std::move(each.call), std::move(each.why));
    for (HttpsCall& call : calls) Begin(std::move(call));
    if (is_over) break;
    reactor_->Run(patience,
                  [this](CURL* handle, CURLcode code) { End(handle, code, absl::OkStatus()); });
  }
  while (!transfers_.empty()) End(transfers_.begin()->first, CURLE_OK, Draining());
}

void HttpsLoop::Begin(HttpsCall call) {
  auto transfer = std::make_unique<HttpsTransfer>(clock_, limits_, sockets_, std::move(call));
  const absl::Status prepared = transfer->Prepare();
  if (!prepared.ok() || !reactor_->Add(transfer->handle())) {
    transfer->Finish(CURLE_FAILED_INIT, prepared);
    absl::MutexLock lock(&mutex_);
    --live_count_;
    return;
  }
  CURL* const handle = transfer->handle();
  transfers_.emplace(handle, std::move(transfer));
}

void HttpsLoop::End(CURL* handle, CURLcode code, const absl::Status& aborted) {
  reactor_->Remove(handle);
  const auto found = transfers_.find(handle);
  if (aborted.ok() && found->second->WantsAnotherConnection() && reactor_->Add(handle)) return;
  const std::unique_ptr<HttpsTransfer> transfer = std::move(found->second);
  transfers_.erase(found);
  transfer->Finish(code, aborted);
  absl::MutexLock lock(&mutex_);
  --live_count_;
}

void HttpsLoop::Refuse(HttpsCall call, absl::Status why) {
  HttpsResult result;
  result.error = std::move(why);
  std::move(call.done)(std::move(result));
}

}  // namespace cardvault
