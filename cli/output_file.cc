#include "cli/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault::cli {
namespace {

constexpr size_t kBufferSize = size_t{256} << 10;  // some hundred entries a write
constexpr mode_t kOwnerAlone = 0600;

int FlagsOf(OutputFile::Mode mode) {
  switch (mode) {
    case OutputFile::Mode::kNew:
      return O_CREAT | O_EXCL;
    case OutputFile::Mode::kAppend:
      return O_CREAT | O_APPEND;
    case OutputFile::Mode::kCut:
      return 0;
  }
  return 0;
}

}  // namespace

std::unique_ptr<OutputFile> OutputFile::Open(const std::string& path, Mode mode, uint64_t offset,
                                             std::string& problem) {
  if (path == "-") return std::unique_ptr<OutputFile>(new OutputFile(STDOUT_FILENO));
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | FlagsOf(mode), kOwnerAlone);
  if (fd < 0) {
    problem = absl::StrCat(path, " cannot be written: ", strerror(errno));
    return nullptr;
  }
  std::unique_ptr<OutputFile> file(new OutputFile(fd));
  const auto end = static_cast<off_t>(offset);
  if (mode == Mode::kCut && (ftruncate(fd, end) != 0 || lseek(fd, end, SEEK_SET) != end)) {
    problem = absl::StrCat(path, " cannot be cut to what is whole of it: ", strerror(errno));
    return nullptr;
  }
  return file;
}

OutputFile::~OutputFile() {
  if (fd_ != STDOUT_FILENO) close(fd_);
}

absl::Status OutputFile::Write(absl::string_view bytes) {
  absl::StrAppend(&buffer_, bytes);
  return buffer_.size() < kBufferSize ? absl::OkStatus() : Flush();
}

absl::Status OutputFile::Flush() {
  absl::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return Unavailable(ErrorReason::kUnspecified, "the output cannot be written");
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status OutputFile::Finish() {
  RETURN_IF_ERROR(Flush());
  if (fd_ == STDOUT_FILENO || fsync(fd_) == 0) return absl::OkStatus();
  return Unavailable(ErrorReason::kUnspecified, "the output cannot be brought to the disk");
}

}  // namespace cardvault::cli
