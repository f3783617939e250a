#ifndef CARDVAULT_AUDIT_SINK_FILE_SINK_H_
#define CARDVAULT_AUDIT_SINK_FILE_SINK_H_

#include <sys/stat.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "audit/sink/checkpoint_sink.h"

namespace cardvault {

// A file that grows by one note a checkpoint, each followed by an empty line, synced. Or a named
// pipe to whatever carries notes away; a note is below PIPE_BUF, so it arrives whole. A file that
// another was put in the place of, as a rotation does, is followed; one that is gone is not made
// again: who removed it must see that it was missed. Thread-safe.
class FileSink final : public CheckpointSink {
 public:
  // Makes the file, for its owner alone, when there is none, and takes away the beginning of a note
  // that a crash left at its end. UNAVAILABLE (AUDIT_UNAVAILABLE) when that cannot be done: the
  // sink then tries again at each Append.
  explicit FileSink(std::string path);
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  absl::string_view kind() const override { return "file"; }
  absl::Status Append(absl::string_view note) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Probe() override ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string& path() const { return path_; }

 private:
  // What Append found the file to be, and left it as.
  struct Seen {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;  // of a file
  };

  absl::Status Open();

  const std::string path_;
  int fd_ = -1;  // Append's alone
  absl::Mutex mutex_;
  Seen seen_ ABSL_GUARDED_BY(mutex_);
};

// As much of a sink's end is looked at for its last note.
inline constexpr size_t kMaxSinkTailSize = size_t{64} << 10;

// The last whole note of a file that a FileSink wrote; "" when there is none, and no file.
// UNAVAILABLE (AUDIT_UNAVAILABLE) when it cannot be read. Does not wait for a pipe: "".
absl::StatusOr<std::string> ReadLastNote(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_SINK_FILE_SINK_H_
