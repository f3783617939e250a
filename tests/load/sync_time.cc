#include "tests/load/sync_time.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

#include "base/check.h"
#include "tests/load/latencies.h"

namespace cardvault::testing {

absl::Duration SyncTime(const std::string& directory) {
  constexpr int kTries = 101;
  const std::string bytes(4096, 'x');
  const std::string path = directory + "/sync_time";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  CV_CHECK(file >= 0);
  Latencies tries;
  for (int i = 0; i < kTries; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    CV_CHECK(write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    CV_CHECK(fdatasync(file) == 0);
    tries.Add(absl::FromChrono(std::chrono::steady_clock::now() - begin));
  }
  close(file);
  CV_CHECK(unlink(path.c_str()) == 0);
  return tries.Quantile(0.5);
}

}  // namespace cardvault::testing
