#include "server/envelope_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr mode_t kOwnerAlone = 0600;

absl::Status CannotWrite() {
  return Unavailable(ErrorReason::kInternal, "a share's file cannot be written");
}

absl::Status Open(const std::string& path, int flags, int& fd) {
  fd = open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kOwnerAlone);
  if (fd >= 0) return absl::OkStatus();
  if (errno == EEXIST) {
    return AlreadyExists(ErrorReason::kFieldInvalid, "--out",
                         "a share's file is there already, and is not overwritten");
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return NotFound(ErrorReason::kNotFound, "the directory for the shares does not exist");
  }
  return CannotWrite();
}

absl::Status WriteFile(const std::string& path, absl::string_view text) {
  int fd = -1;
  RETURN_IF_ERROR(Open(path, O_WRONLY | O_CREAT | O_EXCL, fd));
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    text.remove_prefix(static_cast<size_t>(written));
  }
  const bool synced = text.empty() && fsync(fd) == 0;
  const bool closed = close(fd) == 0;
  if (synced && closed) return absl::OkStatus();
  unlink(path.c_str());
  return CannotWrite();
}

absl::Status SyncDirectory(const std::string& directory) {
  int fd = -1;
  RETURN_IF_ERROR(Open(directory, O_RDONLY | O_DIRECTORY, fd));
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced ? absl::OkStatus() : CannotWrite();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WriteEnvelopes(const NewCustody& custody,
                                                        const std::string& directory) {
  std::vector<std::string> paths;
  absl::Cleanup remove = [&paths] {
    for (const std::string& path : paths) unlink(path.c_str());
  };
  for (const NewCustody::SealedShare& share : custody.shares) {
    // The name of a custodian has no slash: it is what stands behind the last one.
    const std::string name = share.custodian.substr(share.custodian.rfind('/') + 1);
    std::string path =
        absl::StrCat(directory, "/", name, "-", custody.record.check_value, ".share");
    RETURN_IF_ERROR(WriteFile(path, share.envelope_pem));
    paths.push_back(std::move(path));
  }
  RETURN_IF_ERROR(SyncDirectory(directory));
  std::move(remove).Cancel();
  return paths;
}

}  // namespace cardvault
