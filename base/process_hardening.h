#ifndef CARDVAULT_BASE_PROCESS_HARDENING_H_
#define CARDVAULT_BASE_PROCESS_HARDENING_H_

#include "absl/status/status.h"

namespace cardvault {

// What a process that may hold card data does first in main(), before any thread: re-executes
// itself once with GLIBC_TUNABLES=glibc.malloc.perturb=165:glibc.malloc.tcache_count=0 (freed
// memory is overwritten: style.md pitfall 6), without GRPC_TRACE and GRPC_VERBOSITY; then
// RLIMIT_CORE=0 and PR_SET_DUMPABLE=0. Returns only in the hardened process. Other glibc tunables
// of the environment stay. Under sanitizers, which replace malloc, it does not re-execute.
// Errors: INTERNAL when it cannot re-execute, or a limit cannot be set.
absl::Status HardenProcess(char** argv);

// How the process keeps its memory off the disk.
enum class MemoryLock {
  kWhole,     // mlockall: RLIMIT_MEMLOCK is unlimited
  kKeysOnly,  // only the key heap and the CVV escrow are locked
};

// Locks all memory when RLIMIT_MEMLOCK is unlimited; under a finite limit mlockall would succeed
// and a later malloc would fail, so then only the small heaps lock themselves.
MemoryLock LockMemory();

// True when the kernel has a swap device in use (/proc/swaps).
bool SwapIsOn();

}  // namespace cardvault

#endif  // CARDVAULT_BASE_PROCESS_HARDENING_H_
