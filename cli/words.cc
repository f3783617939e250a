#include "cli/words.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace cardvault::cli {

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "";
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string WordAfterPrefix(absl::string_view name, absl::string_view prefix) {
  absl::ConsumePrefix(&name, prefix);
  return name == "UNSPECIFIED" ? "" : std::string(name);
}

std::string AmountText(long long amount, const std::string& currency) {
  return absl::StrCat(amount, " ", currency, " (minor units)");
}

// Not by streams: of a directory they throw, and they do not say what is wrong.
std::string ReadTextFile(const std::string& path, std::string& text) {
  constexpr size_t kMostBytes = 16 << 20;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return absl::StrCat("cannot be read: ", strerror(errno));
  std::string problem;
  text.clear();
  struct stat about {};
  if (fstat(fd, &about) != 0 || !(S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode))) {
    problem = "is not a file";
  }
  char block[4096];
  while (problem.empty()) {
    const ssize_t got = read(fd, block, sizeof(block));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) problem = absl::StrCat("cannot be read: ", strerror(errno));
    if (got <= 0) break;
    text.append(block, static_cast<size_t>(got));
    if (text.size() > kMostBytes) problem = "is longer than 16 MiB: is it the right file?";
  }
  close(fd);
  return problem;
}

}  // namespace cardvault::cli
