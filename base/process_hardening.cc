#include "base/process_hardening.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/status.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CV_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CV_SANITIZED 1
#endif
#endif
#ifndef CV_SANITIZED
#define CV_SANITIZED 0
#endif

namespace cardvault {
namespace {

constexpr bool kSanitized = CV_SANITIZED == 1;

constexpr absl::string_view kTunablesName = "GLIBC_TUNABLES";
// Freed memory is overwritten (165 is 0xa5), and no cache of small blocks goes around that.
constexpr absl::string_view kTunables = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0";
constexpr absl::string_view kPerturb = "glibc.malloc.perturb=";
constexpr absl::string_view kTcacheCount = "glibc.malloc.tcache_count=";
// gRPC prints messages and metadata when these ask it to.
constexpr const char* kDropped[] = {"GRPC_TRACE", "GRPC_VERBOSITY"};
// Set across the re-execution: a second one would not help either, and would go on for ever.
constexpr const char* kReexecuted = "CARDVAULT_REEXECUTED";

// GLIBC_TUNABLES as it must be: the operator's other tunables stay.
std::string HardenedTunables(absl::string_view present) {
  std::vector<absl::string_view> kept;
  for (const absl::string_view tunable : absl::StrSplit(present, ':', absl::SkipEmpty())) {
    if (!absl::StartsWith(tunable, kPerturb) && !absl::StartsWith(tunable, kTcacheCount)) {
      kept.push_back(tunable);
    }
  }
  kept.push_back(kTunables);
  return absl::StrJoin(kept, ":");
}

absl::Status Reexecute(char** argv) {
  const char* const value = getenv(kTunablesName.data());
  const absl::string_view present = value == nullptr ? "" : value;
  const std::string wanted = HardenedTunables(present);
  const bool done = present == wanted;
  if (getenv(kReexecuted) != nullptr) {
    unsetenv(kReexecuted);
    if (done) return absl::OkStatus();
    return Internal(ErrorReason::kInternal,
                    "the process was executed again and GLIBC_TUNABLES did not reach it");
  }
  // Already as it must be, as when the service manager sets it.
  if (done) return absl::OkStatus();
  if (setenv(kTunablesName.data(), wanted.c_str(), 1) != 0 || setenv(kReexecuted, "1", 1) != 0) {
    return Internal(ErrorReason::kInternal, "the environment cannot be changed");
  }
  // By the kernel's link, not by argv[0]: the same file, wherever it was found and whatever stands
  // at its path by now.
  execv("/proc/self/exe", argv);
  return Internal(ErrorReason::kInternal,
                  "the process cannot execute itself again: is /proc mounted?");
}

// The kernel names a process after the file it executed, which was "exe".
void RestoreProcessName(char** argv) {
  if (argv == nullptr || argv[0] == nullptr) return;
  const absl::string_view path = argv[0];
  const std::string name(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
  prctl(PR_SET_NAME, name.c_str());
}

}  // namespace

absl::Status HardenProcess(char** argv) {
  for (const char* const name : kDropped) unsetenv(name);
  if (!kSanitized) {
    if (absl::Status status = Reexecute(argv); !status.ok()) return status;
    RestoreProcessName(argv);
  }
  const rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return Internal(ErrorReason::kInternal, "RLIMIT_CORE cannot be set to 0");
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Internal(ErrorReason::kInternal, "PR_SET_DUMPABLE cannot be set to 0");
  }
  return absl::OkStatus();
}

MemoryLock LockMemory() {
  rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY &&
      mlockall(MCL_CURRENT | MCL_FUTURE) == 0) {
    return MemoryLock::kWhole;
  }
  return MemoryLock::kKeysOnly;
}

bool SwapIsOn() {
  std::ifstream swaps("/proc/swaps");
  // A kernel without swap has no such file.
  if (!swaps.is_open()) return access("/proc/swaps", F_OK) == 0 || errno != ENOENT;
  std::string line;
  std::getline(swaps, line);  // the heading
  return static_cast<bool>(std::getline(swaps, line));
}

}  // namespace cardvault
