#ifndef CARDVAULT_TESTS_LOAD_PROCESS_USAGE_H_
#define CARDVAULT_TESTS_LOAD_PROCESS_USAGE_H_

#include <sys/types.h>

#include "absl/time/time.h"

namespace cardvault::testing {

// What Linux says of a running process. Both die when there is none of that id.

// Processor time of all its threads since it began, in user and kernel mode. It comes in ticks of
// 10 ms: ask around work that takes seconds.
absl::Duration ProcessorTime(pid_t pid);

// How many threads it has.
int ThreadCount(pid_t pid);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_PROCESS_USAGE_H_
