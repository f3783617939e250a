#include "audit/export/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr size_t kReadSize = 256 << 10;

}  // namespace

LineFile::LineFile(int fd, size_t max_line_size)
    : fd_(fd), max_line_size_(max_line_size), buffer_(max_line_size + kReadSize, '\0') {}

LineFile::~LineFile() { close(fd_); }

absl::StatusOr<std::unique_ptr<LineFile>> LineFile::Open(const std::string& path,
                                                         size_t max_line_size) {
  // Of a pipe that nobody writes to, opening would wait.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return NotFound(ErrorReason::kNotFound, "the file cannot be opened");
  struct stat about {};
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    close(fd);
    return NotFound(ErrorReason::kNotFound, "this is no file");
  }
  return std::unique_ptr<LineFile>(new LineFile(fd, max_line_size));
}

absl::StatusOr<std::optional<absl::string_view>> LineFile::Next() {
  ++line_number_;
  size_t looked_at = 0;
  for (;;) {
    const char* const begin = buffer_.data() + begin_;
    const size_t size = end_ - begin_;
    const void* const newline = std::memchr(begin + looked_at, '\n', size - looked_at);
    if (newline != nullptr) {
      const auto line_size = static_cast<size_t>(static_cast<const char*>(newline) - begin);
      if (line_size >= max_line_size_) break;
      begin_ += line_size + 1;
      offset_ += line_size + 1;
      return absl::string_view(begin, line_size);
    }
    if (size >= max_line_size_) break;
    looked_at = size;
    std::memmove(buffer_.data(), begin, size);
    begin_ = 0;
    end_ = size;
    ssize_t got = 0;
    do {
      got = read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return Unavailable(ErrorReason::kNotFound, "the file cannot be read");
    if (got == 0 && size > 0) return DataLoss("the file ends within a line");
    if (got == 0) {
      --line_number_;
      return std::nullopt;
    }
    end_ += static_cast<size_t>(got);
  }
  return InvalidArgument(ErrorReason::kFieldInvalid, "line", "a line that is too long");
}

}  // namespace cardvault
