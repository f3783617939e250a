// What a volume does that the kernel turned read-only under a running process, as ext4 does after
// an error of the medium. To remount one so takes nobody who has a file open for writing, so it is
// done between the process and libc, by LD_PRELOAD: while the file that
// CARDVAULT_TEST_READ_ONLY_FLAG names is there, whatever would change something below
// CARDVAULT_TEST_READ_ONLY_DIRECTORY fails with EROFS, and statvfs says so.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool IsBelow(const char* path) {
  const char* const flag = getenv("CARDVAULT_TEST_READ_ONLY_FLAG");
  const char* const directory = getenv("CARDVAULT_TEST_READ_ONLY_DIRECTORY");
  if (flag == nullptr || directory == nullptr || access(flag, F_OK) != 0) return false;
  const size_t size = strlen(directory);
  return strncmp(path, directory, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

bool IsBelow(int fd) {
  char link[64];
  char path[PATH_MAX] = {};
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  return readlink(link, path, sizeof path - 1) > 0 && IsBelow(path);
}

int ReadOnly() {
  errno = EROFS;
  return -1;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && IsBelow(path)) return ReadOnly();
  static auto* const next = Next<int(const char*, int, ...)>("open");
  return next(path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) {
  if (mode[0] != 'r' && IsBelow(path)) {
    ReadOnly();
    return nullptr;
  }
  static auto* const next = Next<FILE*(const char*, const char*)>("fopen");
  return next(path, mode);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const int before = errno;
  if (IsBelow(fd)) return ReadOnly();
  errno = before;
  static auto* const next = Next<ssize_t(int, const void*, size_t)>("write");
  return next(fd, bytes, size);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (IsBelow(fd)) return ReadOnly();
  static auto* const next = Next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return next(fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size) noexcept {
  if (IsBelow(fd)) return ReadOnly();
  static auto* const next = Next<int(int, off_t)>("ftruncate");
  return next(fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t size) {
  if (IsBelow(fd)) return ReadOnly();
  static auto* const next = Next<int(int, int, off_t, off_t)>("fallocate");
  return next(fd, mode, offset, size);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
  if (IsBelow(fd)) return EROFS;
  static auto* const next = Next<int(int, off_t, off_t)>("posix_fallocate");
  return next(fd, offset, size);
}

int rename(const char* from, const char* to) noexcept {
  if (IsBelow(from) || IsBelow(to)) return ReadOnly();
  static auto* const next = Next<int(const char*, const char*)>("rename");
  return next(from, to);
}

int unlink(const char* path) noexcept {
  if (IsBelow(path)) return ReadOnly();
  static auto* const next = Next<int(const char*)>("unlink");
  return next(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (IsBelow(path)) return ReadOnly();
  static auto* const next = Next<int(const char*, mode_t)>("mkdir");
  return next(path, mode);
}

int statvfs(const char* path, struct statvfs* volume) noexcept {
  static auto* const next = Next<int(const char*, struct statvfs*)>("statvfs");
  const int result = next(path, volume);
  if (result == 0 && IsBelow(path)) volume->f_flag |= ST_RDONLY;
  return result;
}

}  // extern "C"
