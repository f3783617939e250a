#ifndef CARDVAULT_VAULT_CHECKPOINT_SINK_WRITER_H_
#define CARDVAULT_VAULT_CHECKPOINT_SINK_WRITER_H_

#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/sink/checkpoint_sink.h"
#include "base/clock.h"

namespace cardvault {

// Writes notes to one sink on a thread of its own, so that a sink that hangs holds nothing up but
// is noticed. One note waits at most: the newest tells all that those before it told. Thread-safe.
class SinkWriter final {
 public:
  struct Options {
    // Whether ordinary commits are refused while the sink is not well.
    bool is_required = false;
    // A note that is not written after so long is a failure, until it is.
    absl::Duration deadline = absl::Seconds(2);
  };

  // The clock outlives the writer.
  SinkWriter(std::unique_ptr<CheckpointSink> sink, const Clock& clock, Options options);
  // Waits for a write that hangs no longer than the deadline; then the thread is left behind, with
  // the sink.
  ~SinkWriter();

  bool is_required() const { return options_.is_required; }
  absl::string_view kind() const { return kind_; }

  void Write(std::string note);

  // The note that was written last, once more: the thread writes it when the sink, which it asks,
  // is not well. Nothing when something waits or is written.
  void Offer(std::string note);

  // OK when the last note was written and none is late. Never touches the sink, so it does not
  // wait. UNAVAILABLE (AUDIT_UNAVAILABLE).
  absl::Status CheckWritten() const;

  // As CheckWritten, and whether the sink would take another: asks the sink itself, so it waits
  // when the sink's file system does. Nobody may ask so who holds anything that others wait for,
  // but for the commit thread, whose sinks are required ones.
  absl::Status Check();

  // What the sink said the last time that it was found wanting before a note was written to it, by
  // its thread or by Check; OK when it was not since the last call. So a sink that was cut, or
  // exchanged, and takes notes again leaves a trace however fast it heals.
  absl::Status TakeFault();

  // Until nothing waits and nothing is written, or the deadline is over; then as CheckWritten.
  absl::Status Flush();

 private:
  // What the thread and this share: it stays as long as either.
  struct Shared {
    explicit Shared(std::unique_ptr<CheckpointSink> of) : sink(std::move(of)) {}

    bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
      return !waiting.has_value() && !is_writing;
    }
    bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
      return waiting.has_value() || is_stopping;
    }

    const std::unique_ptr<CheckpointSink> sink;
    absl::Mutex mutex;
    std::optional<std::string> waiting ABSL_GUARDED_BY(mutex);
    bool is_offer ABSL_GUARDED_BY(mutex) = false;  // it need not be written when all is well
    absl::Duration waiting_since ABSL_GUARDED_BY(mutex);
    bool is_writing ABSL_GUARDED_BY(mutex) = false;
    // Since when what is written was to be written.
    absl::Duration writing_since ABSL_GUARDED_BY(mutex);
    bool is_stopping ABSL_GUARDED_BY(mutex) = false;
    bool has_ended ABSL_GUARDED_BY(mutex) = false;
    absl::Status last ABSL_GUARDED_BY(mutex);   // of the last write
    absl::Status fault ABSL_GUARDED_BY(mutex);  // of a probe, until it is taken
  };

  // What the sink says of itself; kept when that is not good.
  static absl::Status Probe(Shared& shared);
  static void Run(const std::shared_ptr<Shared>& shared);

  const Clock& clock_;
  const Options options_;
  const std::shared_ptr<Shared> shared_;
  const absl::string_view kind_;
  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_SINK_WRITER_H_
