#include "vault/engine/info_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace cardvault {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr size_t kMaxLineSize = 4096;  // what is longer is cut off

}  // namespace

InfoLog::InfoLog(const std::string& directory)
    : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), path_(absl::StrCat(directory, "/LOG")) {
  Write("opened");
}

InfoLog::~InfoLog() {
  absl::MutexLock lock(&mutex_);
  if (fd_ >= 0) close(fd_);
}

void InfoLog::Open() {
  if (fd_ >= 0) close(fd_);
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  struct stat found = {};
  size_ = fd_ >= 0 && fstat(fd_, &found) == 0 ? static_cast<size_t>(found.st_size) : 0;
}

void InfoLog::Logv(const char* format, va_list arguments) {
  char text[kMaxLineSize];
  const int length = vsnprintf(text, sizeof text, format, arguments);
  if (length < 0) return;
  Write({text, std::min(static_cast<size_t>(length), sizeof text - 1)});
}

void InfoLog::Write(absl::string_view text) {
  const std::string line =
      absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ ", absl::Now(), absl::UTCTimeZone()),
                   absl::StripSuffix(text, "\n"), "\n");
  absl::MutexLock lock(&mutex_);
  if (size_ > kMaxSizeBytes && rename(path_.c_str(), absl::StrCat(path_, ".old").c_str()) == 0) {
    Open();
  }
  if (fd_ < 0) Open();
  if (fd_ >= 0 && write(fd_, line.data(), line.size()) > 0) size_ += line.size();
}

}  // namespace cardvault
