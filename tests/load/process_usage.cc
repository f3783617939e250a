#include "tests/load/process_usage.h"

#include <unistd.h>

#include <cstdint>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tests/testing/child_process.h"

namespace cardvault::testing {

absl::Duration ProcessorTime(pid_t pid) {
  const std::string text = ReadWholeFile(absl::StrCat("/proc/", pid, "/stat"));
  // The program's name, in parentheses, may hold anything: count from behind it.
  const size_t name_end = text.rfind(')');
  CV_CHECK(name_end != std::string::npos);
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kBeforeUserTime = 11;  // proc(5): state is field 3, utime 14, stime 15
  std::string skipped;
  for (int i = 0; i < kBeforeUserTime; ++i) fields >> skipped;
  int64_t user = 0;
  int64_t kernel = 0;
  fields >> user >> kernel;
  CV_CHECK(!fields.fail());
  return absl::Seconds(1) * (user + kernel) / sysconf(_SC_CLK_TCK);
}

int ThreadCount(pid_t pid) {
  std::istringstream lines(ReadWholeFile(absl::StrCat("/proc/", pid, "/status")));
  std::string word;
  while (lines >> word) {
    int count = 0;
    if (word == "Threads:" && lines >> count) return count;
  }
  CV_CHECK(false);
  return 0;
}

}  // namespace cardvault::testing
