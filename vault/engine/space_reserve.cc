#include "vault/engine/space_reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr uint64_t kStatBlockSize = 512;  // of st_blocks, whatever the file system

absl::Status Full() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "the data volume is nearly full, so nothing is done that must be logged");
}

}  // namespace

SpaceReserve::SpaceReserve(const std::string& data_directory, Sizes sizes)
    : data_directory_(data_directory),
      path_(absl::StrCat(data_directory, "/RESERVE")),
      sizes_(sizes) {
  struct stat found = {};
  {
    absl::MutexLock lock(&mutex_);  // of the process before
    is_held_ = stat(path_.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
               static_cast<uint64_t>(found.st_blocks) * kStatBlockSize >= sizes_.reserve;
  }
  (void)Check();
}

absl::Status SpaceReserve::Check() {
  struct statvfs volume = {};
  if (statvfs(data_directory_.c_str(), &volume) != 0 || (volume.f_flag & ST_RDONLY) != 0) {
    return Unavailable(ErrorReason::kAuditUnavailable,
                       "the data volume cannot be written, so nothing is done");
  }
  const uint64_t room = uint64_t{volume.f_bavail} * volume.f_frsize;
  absl::MutexLock lock(&mutex_);
  if (room < sizes_.release && is_held_) {
    unlink(path_.c_str());
    is_held_ = false;
  }
  if (!is_held_ && room >= sizes_.floor + sizes_.reserve) Hold();
  // Without a reserve nothing would be left for refusals and deletions.
  return room < sizes_.floor || !is_held_ ? Full() : absl::OkStatus();
}

void SpaceReserve::Hold() {
  const int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (fd < 0) return;
  is_held_ = posix_fallocate(fd, 0, static_cast<off_t>(sizes_.reserve)) == 0;
  close(fd);
  if (!is_held_) unlink(path_.c_str());
}

}  // namespace cardvault
