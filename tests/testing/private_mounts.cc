#include "tests/testing/private_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace cardvault::testing {
namespace {

// What a mount has already, which one without root's rights may not take away.
unsigned long FlagsOf(const std::string& path) {
  struct statvfs volume = {};
  CV_CHECK(statvfs(path.c_str(), &volume) == 0);
  unsigned long flags = 0;
  for (const auto& [had, flag] : {std::pair<unsigned long, unsigned long>{ST_NOSUID, MS_NOSUID},
                                  {ST_NODEV, MS_NODEV},
                                  {ST_NOEXEC, MS_NOEXEC},
                                  {ST_NOATIME, MS_NOATIME},
                                  {ST_RELATIME, MS_RELATIME}}) {
    if ((volume.f_flag & had) != 0) flags |= flag;
  }
  return flags;
}

bool WriteText(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return !file.fail();
}

// As who one is, with root's rights over mounts alone.
bool EnterUserNamespace() {
  const std::string user = absl::StrCat(getuid(), " ", getuid(), " 1");
  const std::string group = absl::StrCat(getgid(), " ", getgid(), " 1");
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && WriteText("/proc/self/setgroups", "deny") &&
         WriteText("/proc/self/uid_map", user) && WriteText("/proc/self/gid_map", group);
}

}  // namespace

std::string EnterPrivateMounts() {
  static const std::string denied = [] {
    if (unshare(CLONE_NEWNS) != 0 && !EnterUserNamespace()) {
      return absl::StrCat("no mounts of one's own without root and without user namespaces: ",
                          std::strerror(errno));
    }
    if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return absl::StrCat("mounts cannot be made private: ", std::strerror(errno));
    }
    return std::string();
  }();
  return denied;
}

MemoryVolume::MemoryVolume(std::string path, size_t size_bytes) : path_(std::move(path)) {
  const std::string options = absl::StrCat("mode=0700,size=", size_bytes);
  CV_CHECK(mount("none", path_.c_str(), "tmpfs", 0, options.c_str()) == 0);
}

MemoryVolume::~MemoryVolume() { umount2(path_.c_str(), MNT_DETACH); }

size_t MemoryVolume::free_bytes() const {
  struct statvfs volume = {};
  CV_CHECK(statvfs(path_.c_str(), &volume) == 0);
  return size_t{volume.f_bavail} * volume.f_frsize;
}

void MemoryVolume::FillBut(size_t free_bytes) {
  Empty();
  const size_t room = this->free_bytes();
  CV_CHECK(room > free_bytes);
  const int fd = open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  CV_CHECK(fd >= 0);
  CV_CHECK(posix_fallocate(fd, 0, static_cast<off_t>(room - free_bytes)) == 0);
  close(fd);
}

void MemoryVolume::Empty() { unlink(filler().c_str()); }

ReadOnlyFile::ReadOnlyFile(std::string path) : path_(std::move(path)) {
  CV_CHECK(mount(path_.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr) == 0);
  const unsigned long flags = FlagsOf(path_) | MS_REMOUNT | MS_BIND | MS_RDONLY;
  CV_CHECK(mount(nullptr, path_.c_str(), nullptr, flags, nullptr) == 0);
}

ReadOnlyFile::~ReadOnlyFile() { umount2(path_.c_str(), MNT_DETACH); }

}  // namespace cardvault::testing
