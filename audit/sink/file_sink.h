#ifndef CARDVAULT_AUDIT_SINK_FILE_SINK_H_
#define CARDVAULT_AUDIT_SINK_FILE_SINK_H_

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
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

// Of a file of notes that is larger only the end is read: four million notes, a second's reading.
inline constexpr uint64_t kMaxSinkReadSize = uint64_t{1} << 30;

// Shows each whole note of a file that a FileSink wrote, in their order, as it was given to Append.
// None is shown when there is no file, or a pipe, for which it does not wait. UNAVAILABLE
// (AUDIT_UNAVAILABLE) when it cannot be read, or holds something that no sink wrote.
absl::Status ReadNotes(const std::string& path,
                       absl::FunctionRef<void(absl::string_view note)> show);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_SINK_FILE_SINK_H_
