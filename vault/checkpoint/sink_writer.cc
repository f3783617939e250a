#include "vault/checkpoint/sink_writer.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

absl::Status Late() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "a checkpoint's sink hangs: see what it writes to");
}

}  // namespace

SinkWriter::SinkWriter(std::unique_ptr<CheckpointSink> sink, const Clock& clock, Options options)
    : clock_(clock),
      options_(options),
      shared_(std::make_shared<Shared>(std::move(sink))),
      kind_(shared_->sink->kind()),
      thread_([shared = shared_] { Run(shared); }) {}

SinkWriter::~SinkWriter() {
  bool has_ended = false;
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->is_stopping = true;
    shared_->mutex.AwaitWithTimeout(absl::Condition(&shared_->has_ended), options_.deadline);
    has_ended = shared_->has_ended;
  }
  if (has_ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

absl::Status SinkWriter::Probe(Shared& shared) {
  absl::Status status = shared.sink->Probe();
  if (!status.ok()) {
    absl::MutexLock lock(&shared.mutex);
    shared.fault = status;
  }
  return status;
}

void SinkWriter::Run(const std::shared_ptr<Shared>& shared) {
  while (true) {
    std::string note;
    bool is_offer = false;
    {
      absl::MutexLock lock(&shared->mutex);
      shared->mutex.Await(absl::Condition(shared.get(), &Shared::HasWork));
      if (!shared->waiting.has_value()) {
        shared->has_ended = true;
        return;
      }
      note = *std::exchange(shared->waiting, std::nullopt);
      is_offer = shared->is_offer && shared->last.ok();
      shared->is_writing = true;
      shared->writing_since = shared->waiting_since;
    }
    // Asked in any case: what Append mends by itself is to be known all the same.
    const bool is_well = Probe(*shared).ok();
    absl::Status status;
    if (!is_offer || !is_well) status = shared->sink->Append(note);
    absl::MutexLock lock(&shared->mutex);
    shared->is_writing = false;
    shared->last = std::move(status);
  }
}

void SinkWriter::Write(std::string note) {
  absl::MutexLock lock(&shared_->mutex);
  if (!shared_->waiting.has_value()) shared_->waiting_since = clock_.SinceBoot();
  shared_->waiting = std::move(note);
  shared_->is_offer = false;
}

void SinkWriter::Offer(std::string note) {
  absl::MutexLock lock(&shared_->mutex);
  if (!shared_->IsIdle()) return;
  shared_->waiting_since = clock_.SinceBoot();
  shared_->waiting = std::move(note);
  shared_->is_offer = true;
}

absl::Status SinkWriter::CheckWritten() const {
  absl::MutexLock lock(&shared_->mutex);
  const absl::Duration latest = clock_.SinceBoot() - options_.deadline;
  if ((shared_->is_writing && shared_->writing_since < latest) ||
      (shared_->waiting.has_value() && shared_->waiting_since < latest)) {
    return Late();
  }
  return shared_->last;
}

absl::Status SinkWriter::Check() {
  RETURN_IF_ERROR(CheckWritten());
  {
    absl::MutexLock lock(&shared_->mutex);
    if (!shared_->IsIdle()) return absl::OkStatus();  // the sink is being asked
  }
  return Probe(*shared_);
}

absl::Status SinkWriter::TakeFault() {
  absl::MutexLock lock(&shared_->mutex);
  return std::exchange(shared_->fault, absl::OkStatus());
}

absl::Status SinkWriter::Flush() {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->mutex.AwaitWithTimeout(absl::Condition(shared_.get(), &Shared::IsIdle),
                                    options_.deadline);
    if (!shared_->IsIdle()) return Late();
  }
  return CheckWritten();
}

}  // namespace cardvault
