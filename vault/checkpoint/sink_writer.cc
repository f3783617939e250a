#include "vault/checkpoint/sink_writer.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

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

void SinkWriter::Run(const std::shared_ptr<Shared>& shared) {
  while (true) {
    std::string note;
    {
      absl::MutexLock lock(&shared->mutex);
      shared->mutex.Await(absl::Condition(shared.get(), &Shared::HasWork));
      if (!shared->waiting.has_value()) {
        shared->has_ended = true;
        return;
      }
      note = *std::exchange(shared->waiting, std::nullopt);
      shared->is_writing = true;
    }
    absl::Status status = shared->sink->Append(note);
    absl::MutexLock lock(&shared->mutex);
    shared->is_writing = false;
    shared->last = std::move(status);
  }
}

void SinkWriter::Write(std::string note) {
  absl::MutexLock lock(&shared_->mutex);
  if (shared_->IsIdle()) shared_->begin = clock_.SinceBoot();
  shared_->waiting = std::move(note);
}

absl::Status SinkWriter::Check() {
  {
    absl::MutexLock lock(&shared_->mutex);
    if (!shared_->IsIdle() && clock_.SinceBoot() - shared_->begin > options_.deadline) {
      return Unavailable(ErrorReason::kAuditUnavailable,
                         "a checkpoint's sink hangs: see what it writes to");
    }
    if (!shared_->last.ok()) return shared_->last;
    // One that hangs would hang here too.
    if (shared_->is_writing) return absl::OkStatus();
  }
  return shared_->sink->Probe();
}

absl::Status SinkWriter::Flush() {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->mutex.AwaitWithTimeout(absl::Condition(shared_.get(), &Shared::IsIdle),
                                    options_.deadline);
    if (!shared_->IsIdle()) {
      return Unavailable(ErrorReason::kAuditUnavailable,
                         "a checkpoint's sink hangs: see what it writes to");
    }
  }
  return Check();
}

}  // namespace cardvault
