#ifndef CARDVAULT_AUDIT_VERIFIER_OUTSIDE_NOTES_H_
#define CARDVAULT_AUDIT_VERIFIER_OUTSIDE_NOTES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "audit/checkpoint.h"
#include "audit/export/line_file.h"
#include "audit/verifier/trusted_checkpoint.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

// The checkpoints of one log among those that were kept outside: a file with one signed note, or
// all that a log's outside sink ever took, with an empty line between notes. Logs and sizes do not
// go back in it. Memory is bounded whatever the file's length. Not thread-safe.
class OutsideNotes final {
 public:
  // Of this log. "" for the path: there are none.
  OutsideNotes(std::string path, LogName log) : path_(std::move(path)), log_(std::move(log)) {}

  // Reads to the first one. kUnreadable; else as Advance.
  Problem Open();

  // Whether there is one more; what it says, before anybody saw who signed it.
  bool has_front() const { return has_front_; }
  const Checkpoint& front() const { return front_; }
  const std::string& front_note() const { return note_; }
  const VerdictPlace& place() const { return place_; }
  // The number of the last log before this one of which there was a checkpoint so far; 0: none.
  uint32_t earlier_log() const { return earlier_log_; }

  // Goes on to the next of the log. kBadCheckpoint, kForeignLog for a checkpoint of another vault,
  // kNotesBackwards, kUnreadable.
  Problem Advance();

 private:
  Problem ReadNote(bool& is_there);
  Problem ReadLine(bool& is_there);

  const std::string path_;
  const LogName log_;
  std::unique_ptr<LineFile> file_;
  std::string line_;
  std::string note_;
  VerdictPlace place_;
  Checkpoint front_;
  bool has_front_ = false;
  uint32_t last_log_ = 0;  // of the note before, of whatever log
  uint64_t last_size_ = 0;
  uint32_t earlier_log_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_OUTSIDE_NOTES_H_
