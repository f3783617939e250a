#include "vault/backup/open_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/error_reason.h"
#include "base/sha256.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr size_t kBlockSize = size_t{1} << 20;
// Below a backup stand files alone, in one directory: deeper it is no backup.
constexpr int kMaxRemovedDepth = 8;

absl::Status ErrorOf(int error) {
  switch (error) {
    case ENOENT:
      return NotFound(ErrorReason::kNotFound, "it is not there");
    case EEXIST:
    case ENOTEMPTY:
      return AlreadyExists(ErrorReason::kFieldInvalid, "name", "there is one of this name already");
    case ELOOP:
    case ENOTDIR:
      return DataLoss("it is a link, or not what it must be: a file, or a directory");
    case ENOSPC:
    case EDQUOT:
      return Unavailable(ErrorReason::kUnspecified, "the volume is full");
    default:
      return Unavailable(ErrorReason::kUnspecified,
                         "it cannot be read or written: check its disk and its owner");
  }
}

class File final {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

// Non-blocking, so that a pipe in the place of a file holds nobody up.
int OpenFile(int directory, const std::string& name) {
  return openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

absl::StatusOr<uint64_t> SizeOfFile(int fd) {
  if (fd < 0) return ErrorOf(errno);
  struct stat found;
  if (fstat(fd, &found) != 0) return ErrorOf(errno);
  if (!S_ISREG(found.st_mode)) return ErrorOf(ENOTDIR);
  return static_cast<uint64_t>(found.st_size);
}

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrorOf(errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

int NewFile(int directory, const std::string& name) {
  return openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                0600);
}

absl::StatusOr<std::vector<std::string>> NamesIn(int directory) {
  const int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const list = again < 0 ? nullptr : fdopendir(again);
  if (list == nullptr) return ErrorOf(errno);
  const absl::Cleanup close = [list] { closedir(list); };
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* const entry = readdir(list)) {
    const absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(entry->d_name);
    errno = 0;
  }
  if (errno != 0) return ErrorOf(errno);
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status RemoveIn(int directory, const std::string& name, int depth) {
  if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return absl::OkStatus();
  if (errno != EISDIR || depth == kMaxRemovedDepth) return ErrorOf(errno);
  {
    const File inner(
        openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (inner.fd() < 0) return ErrorOf(errno);
    ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(inner.fd()));
    for (const std::string& entry : names) {
      RETURN_IF_ERROR(RemoveIn(inner.fd(), entry, depth + 1));
    }
  }
  if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0) return ErrorOf(errno);
  return absl::OkStatus();
}

}  // namespace

OpenDirectory::~OpenDirectory() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<OpenDirectory> OpenDirectory::Open(const std::string& path) {
  // What an operator named may be a link.
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrorOf(errno);
  return OpenDirectory(fd);
}

absl::StatusOr<OpenDirectory> OpenDirectory::OpenIn(const std::string& name) const {
  const int fd = openat(fd_, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return ErrorOf(errno);
  return OpenDirectory(fd);
}

absl::StatusOr<OpenDirectory> OpenDirectory::MakeIn(const std::string& name) const {
  if (mkdirat(fd_, name.c_str(), 0700) != 0) return ErrorOf(errno);
  return OpenIn(name);
}

absl::StatusOr<std::vector<std::string>> OpenDirectory::Names() const { return NamesIn(fd_); }

absl::StatusOr<uint64_t> OpenDirectory::SizeOf(const std::string& name) const {
  return SizeOfFile(File(OpenFile(fd_, name)).fd());
}

absl::StatusOr<std::string> OpenDirectory::Read(const std::string& name, size_t max_size) const {
  const File file(OpenFile(fd_, name));
  ASSIGN_OR_RETURN(const uint64_t size, SizeOfFile(file.fd()));
  if (size > max_size) return DataLoss("it is larger than any of its kind");
  std::string bytes(static_cast<size_t>(size), '\0');
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = read(file.fd(), &bytes[have], bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrorOf(errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

absl::Status OpenDirectory::Write(const std::string& name, absl::string_view bytes) const {
  const File file(NewFile(fd_, name));
  if (file.fd() < 0) return ErrorOf(errno);
  RETURN_IF_ERROR(WriteAll(file.fd(), bytes));
  return fsync(file.fd()) == 0 ? absl::OkStatus() : ErrorOf(errno);
}

absl::StatusOr<FileSum> OpenDirectory::Pass(const std::string& name, int out,
                                            OnBytes on_bytes) const {
  const File file(OpenFile(fd_, name));
  RETURN_IF_ERROR(SizeOfFile(file.fd()).status());
  Sha256Stream sha256;
  FileSum sum;
  std::string block(kBlockSize, '\0');
  while (true) {
    const ssize_t got = read(file.fd(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrorOf(errno);
    if (got == 0) break;
    const absl::string_view part(block.data(), static_cast<size_t>(got));
    sha256.Update(part);
    if (out >= 0) RETURN_IF_ERROR(WriteAll(out, part));
    sum.size_bytes += part.size();
    RETURN_IF_ERROR(on_bytes(part.size()));
  }
  sum.sha256 = sha256.Finish();
  return sum;
}

absl::StatusOr<FileSum> OpenDirectory::Sum(const std::string& name, OnBytes on_bytes) const {
  return Pass(name, -1, on_bytes);
}

absl::StatusOr<FileSum> OpenDirectory::Copy(const std::string& name, const OpenDirectory& to,
                                            OnBytes on_bytes) const {
  const File file(NewFile(to.fd_, name));
  if (file.fd() < 0) return ErrorOf(errno);
  ASSIGN_OR_RETURN(FileSum sum, Pass(name, file.fd(), on_bytes));
  if (fsync(file.fd()) != 0) return ErrorOf(errno);
  return sum;
}

absl::Status OpenDirectory::Rename(const std::string& from, const OpenDirectory& to,
                                   const std::string& name) const {
  if (renameat2(fd_, from.c_str(), to.fd_, name.c_str(), RENAME_NOREPLACE) != 0) {
    return ErrorOf(errno);
  }
  return absl::OkStatus();
}

absl::Status OpenDirectory::Remove(const std::string& name) const { return RemoveIn(fd_, name, 0); }

absl::Status OpenDirectory::Sync() const {
  return fsync(fd_) == 0 ? absl::OkStatus() : ErrorOf(errno);
}

}  // namespace cardvault
