#ifndef CARDVAULT_AUDIT_SINK_CHECKPOINT_SINK_H_
#define CARDVAULT_AUDIT_SINK_CHECKPOINT_SINK_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// A place outside the data directory that takes signed checkpoints: what shows later that a log was
// cut or rolled back. Who can write to the store should not be able to write there.
class CheckpointSink {
 public:
  virtual ~CheckpointSink() = default;

  // "file", "syslog": for logs and metrics.
  virtual absl::string_view kind() const = 0;

  // Puts a note behind those that are there, and returns when it is. May wait as long as the place
  // does. UNAVAILABLE (AUDIT_UNAVAILABLE) with a literal text; then nothing of the note is there.
  // One call at a time.
  virtual absl::Status Append(absl::string_view note) = 0;

  // Whether a note could be put there, as far as that can be seen without waiting. Errors as
  // Append. Thread-safe, also beside Append.
  virtual absl::Status Probe() = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_SINK_CHECKPOINT_SINK_H_
