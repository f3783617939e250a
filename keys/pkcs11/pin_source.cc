#include "keys/pkcs11/pin_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/types/span.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr mode_t kForbiddenMode = 077;              // group and others
constexpr mode_t kForbiddenModeOfCredential = 037;  // all but the group's reading

absl::Status OpenError(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return NotFound(ErrorReason::kNotFound, "there is no PIN file");
    case ELOOP:
      return FailedPrecondition(ErrorReason::kPolicy, "the PIN file is a symbolic link");
    case EACCES:
    case EPERM:
      return FailedPrecondition(ErrorReason::kPolicy,
                                "the PIN file may not be read by this process");
    default:
      return Unavailable(ErrorReason::kInternal, "the PIN file cannot be read");
  }
}

bool IsCredential(const std::string& path) {
  const char* const directory = getenv("CREDENTIALS_DIRECTORY");
  return directory != nullptr && directory[0] == '/' &&
         std::filesystem::path(path).parent_path() == std::filesystem::path(directory);
}

absl::Status CheckFile(const struct stat& info, bool is_credential) {
  if (!S_ISREG(info.st_mode)) {
    return FailedPrecondition(ErrorReason::kPolicy, "the PIN file is not a regular file");
  }
  if (info.st_uid != geteuid() && !(is_credential && info.st_uid == 0)) {
    return FailedPrecondition(ErrorReason::kPolicy, "the PIN file belongs to another user");
  }
  if ((info.st_mode & (is_credential ? kForbiddenModeOfCredential : kForbiddenMode)) != 0) {
    return FailedPrecondition(
        ErrorReason::kPolicy,
        "the PIN file has permissions for group or others: chmod 600 it, and change the PIN");
  }
  return absl::OkStatus();
}

// One byte at a time: what follows the line may be another reader's.
absl::StatusOr<SecretBytes> ReadLine(int fd) {
  SecretBytes pin = SecretBytes::Zeros(kMaxPinSize + 1);
  const absl::Span<char> bytes = SecretBytesAccess::Mutable(pin);
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(fd, &bytes[size], 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Unavailable(ErrorReason::kInternal, "the PIN of the HSM's token cannot be read");
    }
    if (got == 0 || bytes[size] == '\n') break;
    ++size;
  }
  if (size == 0 || size > kMaxPinSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "kek.pin",
                           "the PIN of the HSM's token is not a line of 1 to 255 bytes");
  }
  SecretBytesAccess::Truncate(pin, size);
  return pin;
}

}  // namespace

absl::StatusOr<SecretBytes> ReadPinFile(const std::string& path) {
  // O_NONBLOCK: a FIFO at this path must not hold up the start.
  const int fd = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return OpenError(errno);
  const absl::Cleanup closing = [fd] { close(fd); };
  // By the open descriptor: the path may name another file by now.
  struct stat info;
  if (fstat(fd, &info) != 0) return OpenError(errno);
  RETURN_IF_ERROR(CheckFile(info, IsCredential(path)));
  return ReadLine(fd);
}

absl::StatusOr<SecretBytes> ReadPinDescriptor(int fd) {
  if (fcntl(fd, F_GETFD) < 0) {
    return Unavailable(ErrorReason::kInternal,
                       "the descriptor with the PIN of the HSM's token is not open");
  }
  const absl::Cleanup closing = [fd] { close(fd); };
  if (isatty(fd) == 1) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the descriptor with the PIN of the HSM's token is a terminal, which "
                              "would show it");
  }
  return ReadLine(fd);
}

}  // namespace cardvault
