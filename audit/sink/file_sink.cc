#include "audit/sink/file_sink.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr absl::string_view kNoteBegin = "cardvault/";  // of every LogOrigin
constexpr size_t kMaxTornSize = 4096;                   // ours have some hundred bytes
constexpr size_t kReadSize = size_t{1} << 20;
constexpr absl::string_view kSignatureMark = "\u2014 ";

absl::Status Gone() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "a checkpoint file is gone, or no file: put it back, or make an empty one");
}

absl::Status NotWritable() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "a checkpoint file cannot be written: check its file system and its mode");
}

absl::Status Cut() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "a checkpoint file is shorter than it was: something cut it");
}

absl::Status NotOurs() {
  return Unavailable(
      ErrorReason::kAuditUnavailable,
      "a checkpoint file holds something else: give checkpoints a file of their own");
}

bool IsSinkFile(const struct stat& found) {
  return S_ISREG(found.st_mode) || S_ISFIFO(found.st_mode);
}

// Where the last whole note begins and ends. A note is two blocks of lines, text and signatures,
// each followed by an empty line.
struct NotePlace {
  size_t begin = 0;
  size_t end = 0;
};

NotePlace LastNoteIn(absl::string_view tail) {
  NotePlace last;
  size_t text = 0;   // where the block before the present one begins
  size_t begin = 0;  // of the present one
  while (true) {
    const size_t end = tail.find("\n\n", begin);
    if (end == absl::string_view::npos) return last;
    if (begin != 0 && absl::StartsWith(tail.substr(begin), kSignatureMark)) {
      last = {text, end + 2};
    }
    text = begin;
    begin = end + 2;
  }
}

absl::StatusOr<std::string> ReadTail(int fd, off_t size) {
  const off_t from =
      size > static_cast<off_t>(kMaxSinkTailSize) ? size - static_cast<off_t>(kMaxSinkTailSize) : 0;
  std::string tail(static_cast<size_t>(size - from), '\0');
  size_t got = 0;
  while (got < tail.size()) {
    const ssize_t n =
        pread(fd, tail.data() + got, tail.size() - got, from + static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return NotWritable();
    got += static_cast<size_t>(n);
  }
  return tail;
}

// Shows the whole notes of the blocks at the front of `bytes`; what is left of it after them.
absl::string_view ShowNotes(absl::string_view bytes,
                            absl::FunctionRef<void(absl::string_view note)> show) {
  size_t text = 0;   // where the block before the present one begins
  size_t begin = 0;  // of the present one
  while (true) {
    const size_t end = bytes.find("\n\n", begin);
    if (end == absl::string_view::npos) return bytes.substr(text);
    if (begin != text && absl::StartsWith(bytes.substr(begin), kSignatureMark)) {
      show(bytes.substr(text, end + 1 - text));
      bytes.remove_prefix(end + 2);
      text = begin = 0;
    } else {
      text = begin;
      begin = end + 2;
    }
  }
}

absl::Status ReadNotesOf(int fd, uint64_t size,
                         absl::FunctionRef<void(absl::string_view note)> show) {
  uint64_t place = size > kMaxSinkReadSize ? size - kMaxSinkReadSize : 0;
  bool is_whole = place == 0;  // what comes first
  const auto show_whole = [&](absl::string_view note) {
    if (std::exchange(is_whole, true)) show(note);
  };
  std::string bytes;
  while (place < size) {
    const size_t kept = bytes.size();
    // No note has as much: it is none of ours.
    if (kept > kMaxSinkTailSize) return NotOurs();
    bytes.resize(kept + std::min<uint64_t>(kReadSize, size - place));
    const ssize_t n =
        pread(fd, bytes.data() + kept, bytes.size() - kept, static_cast<off_t>(place));
    if (n < 0 && errno == EINTR) {
      bytes.resize(kept);
      continue;
    }
    if (n <= 0) return NotWritable();
    bytes.resize(kept + static_cast<size_t>(n));
    place += static_cast<uint64_t>(n);
    const absl::string_view rest = ShowNotes(bytes, show_whole);
    bytes.erase(0, bytes.size() - rest.size());
  }
  return absl::OkStatus();
}

// Whether it can be the beginning of a note of ours: anything else is somebody's, and stays.
bool MayBeTorn(absl::string_view rest) {
  return rest.size() < kMaxTornSize && absl::StartsWith(rest, kNoteBegin.substr(0, rest.size()));
}

// Takes away what follows the last whole note: a crash, or a full disk, left it.
absl::Status Repair(int fd, off_t& size) {
  ASSIGN_OR_RETURN(const std::string tail, ReadTail(fd, size));
  if (tail.empty()) return absl::OkStatus();
  const size_t whole = LastNoteIn(tail).end;
  if (whole == tail.size()) return absl::OkStatus();
  if (!MayBeTorn(absl::string_view(tail).substr(whole))) return NotOurs();
  const off_t end = size - static_cast<off_t>(tail.size() - whole);
  if (ftruncate(fd, end) != 0) return NotWritable();
  size = end;
  return absl::OkStatus();
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

FileSink::FileSink(std::string path) : path_(std::move(path)) {
  // Only here: a file that vanishes later was taken away by somebody.
  const int made = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (made >= 0) close(made);
}

FileSink::~FileSink() {
  if (fd_ >= 0) close(fd_);
}

absl::Status FileSink::Open() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  struct stat found = {};
  if (stat(path_.c_str(), &found) != 0 || !IsSinkFile(found)) return Gone();
  // A pipe is waited for until somebody reads it. O_RDWR would not wait, and lose what nobody
  // reads.
  const bool is_file = S_ISREG(found.st_mode);
  fd_ = open(path_.c_str(), (is_file ? O_RDWR : O_WRONLY) | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (fd_ < 0) return NotWritable();
  if (fstat(fd_, &found) != 0 || !IsSinkFile(found)) return Gone();
  if (is_file) RETURN_IF_ERROR(Repair(fd_, found.st_size));
  absl::MutexLock lock(&mutex_);
  seen_ = {found.st_dev, found.st_ino, found.st_size};
  return absl::OkStatus();
}

absl::Status FileSink::Append(absl::string_view note) {
  // What stood in the way before is looked at again: another file is there, or the same one mended.
  if (fd_ < 0 || !Probe().ok()) RETURN_IF_ERROR(Open());
  const std::string bytes = absl::StrCat(note, "\n");
  struct stat found = {};
  if (fstat(fd_, &found) != 0) return NotWritable();
  const bool is_file = S_ISREG(found.st_mode);
  const bool is_there = WriteAll(fd_, bytes) && (!is_file || fdatasync(fd_) == 0);
  if (!is_there) {
    if (is_file && ftruncate(fd_, found.st_size) != 0) {
      close(fd_);  // the next Append repairs it
      fd_ = -1;
    }
    return NotWritable();
  }
  if (fstat(fd_, &found) != 0) return NotWritable();
  absl::MutexLock lock(&mutex_);
  seen_ = {found.st_dev, found.st_ino, found.st_size};
  return absl::OkStatus();
}

absl::Status FileSink::Probe() {
  struct stat found = {};
  if (stat(path_.c_str(), &found) != 0 || !IsSinkFile(found)) return Gone();
  if ((found.st_mode & S_IWUSR) == 0) return NotWritable();
  struct statvfs volume = {};
  if (statvfs(path_.c_str(), &volume) != 0 || (volume.f_flag & ST_RDONLY) != 0) {
    return NotWritable();
  }
  absl::MutexLock lock(&mutex_);
  if (seen_.inode == 0) return absl::OkStatus();  // nothing was written yet
  if (found.st_dev != seen_.device || found.st_ino != seen_.inode) return Gone();
  if (S_ISREG(found.st_mode) && found.st_size < seen_.size) return Cut();
  return absl::OkStatus();
}

absl::Status ReadNotes(const std::string& path,
                       absl::FunctionRef<void(absl::string_view note)> show) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno == ENOENT ? absl::OkStatus() : NotWritable();
  struct stat found = {};
  absl::Status status;
  if (fstat(fd, &found) != 0) {
    status = NotWritable();
  } else if (S_ISREG(found.st_mode)) {
    status = ReadNotesOf(fd, static_cast<uint64_t>(found.st_size), show);
  }
  close(fd);
  return status;
}

}  // namespace cardvault
