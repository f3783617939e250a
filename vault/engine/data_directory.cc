#include "vault/engine/data_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr char kMarkerName[] = "VAULT";
constexpr absl::string_view kMarker = "cardvault data directory\nformat 1\n";
constexpr absl::string_view kMarkerOfAnyFormat = "cardvault data directory\n";

absl::Status MediumFails() {
  return Unavailable(ErrorReason::kUnspecified,
                     "the data directory cannot be read or written: check its disk and its owner");
}

absl::Status NoVault() {
  return NotFound(ErrorReason::kNotFound,
                  "there is no vault at the data directory: create one, or mend the path");
}

absl::Status NotAVault() {
  return FailedPrecondition(ErrorReason::kUnspecified,
                            "the data directory holds something else than a vault: name an empty "
                            "or missing directory to make one");
}

// What a directory holds besides the marker.
struct Contents {
  bool anything = false;
  bool tables = false;  // files of a database that holds or held something
};

absl::StatusOr<Contents> List(const std::string& path) {
  DIR* const dir = opendir(path.c_str());
  if (dir == nullptr) return MediumFails();
  Contents contents;
  while (const dirent* const entry = readdir(dir)) {
    const absl::string_view name = entry->d_name;
    if (name == "." || name == ".." || name == kMarkerName) continue;
    contents.anything = true;
    if (absl::EndsWith(name, ".sst")) contents.tables = true;
  }
  closedir(dir);
  return contents;
}

absl::Status OtherFormat() {
  return FailedPrecondition(ErrorReason::kUnspecified,
                            "the data directory has a format that this version does not know");
}

// Makes a new directory entry outlive a power cut.
bool SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

std::string ParentOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = end == std::string::npos ? end : path.find_last_of('/', end);
  if (slash == std::string::npos) return end == std::string::npos ? "/" : ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes the directory when it is missing; checks whose it is otherwise.
absl::Status PrepareDirectory(const std::string& path, bool create_if_missing) {
  if (path.empty()) return NoVault();
  if (create_if_missing && mkdir(path.c_str(), 0700) == 0) {
    return SyncDirectory(ParentOf(path)) ? absl::OkStatus() : MediumFails();
  }
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? NoVault() : MediumFails();
  }
  if (!S_ISDIR(info.st_mode)) return NotAVault();
  if ((info.st_mode & 077) != 0 || info.st_uid != geteuid()) {
    return FailedPrecondition(ErrorReason::kUnspecified,
                              "the data directory is not this user's alone: give it to the user of "
                              "the service, and mode 0700");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDataDirectory(const std::string& path) {
  const int fd = open((path + "/" + kMarkerName).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? NoVault() : MediumFails();
  char bytes[256];
  const ssize_t size = pread(fd, bytes, sizeof bytes, 0);
  close(fd);
  if (size < 0) return MediumFails();
  const absl::string_view marker(bytes, static_cast<size_t>(size));
  if (marker == kMarker) return absl::OkStatus();
  return absl::StartsWith(marker, kMarkerOfAnyFormat) ? OtherFormat() : NotAVault();
}

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path,
                                                                   bool create_if_missing) {
  RETURN_IF_ERROR(PrepareDirectory(path, create_if_missing));
  const std::string marker_path = path + "/" + kMarkerName;
  int fd = open(marker_path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) {
    ASSIGN_OR_RETURN(const Contents contents, List(path));
    if (contents.anything) return NotAVault();
    if (!create_if_missing) return NoVault();
    fd = open(marker_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  if (fd < 0) return MediumFails();
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return Unavailable(ErrorReason::kUnspecified, "another process has the data directory open");
  }
  std::unique_ptr<DataDirectory> directory(new DataDirectory(path, fd, false));

  char bytes[256];
  const ssize_t size = pread(fd, bytes, sizeof bytes, 0);
  if (size < 0) return MediumFails();
  const absl::string_view marker(bytes, static_cast<size_t>(size));
  if (marker == kMarker) return directory;
  if (!absl::StartsWith(kMarker, marker)) {
    if (!absl::StartsWith(marker, kMarkerOfAnyFormat)) return NotAVault();
    return OtherFormat();
  }
  // A part of the marker: a creation that was cut off. Nothing was ever stored, or it is damaged.
  ASSIGN_OR_RETURN(const Contents contents, List(path));
  if (contents.tables) return DataLoss("the data directory is damaged: its file VAULT is cut off");
  if (!create_if_missing) return NoVault();
  directory->is_new_ = true;
  return directory;
}

DataDirectory::~DataDirectory() { close(lock_fd_); }

absl::Status DataDirectory::MarkComplete() {
  const bool written =
      pwrite(lock_fd_, kMarker.data(), kMarker.size(), 0) == static_cast<ssize_t>(kMarker.size()) &&
      fsync(lock_fd_) == 0 && SyncDirectory(path_);
  if (!written) return MediumFails();
  is_new_ = false;
  return absl::OkStatus();
}

}  // namespace cardvault
