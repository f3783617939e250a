#ifndef CARDVAULT_TESTS_TORTURE_TORTURE_RUN_H_
#define CARDVAULT_TESTS_TORTURE_TORTURE_RUN_H_

#include <vector>

#include "tests/torture/arena.h"
#include "tests/torture/finding.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {

// Threads that one run has, beside the caller's.
inline constexpr int kRunThreads = 8;

// Plays the schedule in the arena, whose gateways are reset first, waits until nothing is open any
// more that the reconciler can still close, at most kSettlingTime, and compares the books. The
// first finding comes first.
std::vector<Finding> PlaySchedule(const Schedule& schedule, Arena& arena);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_TORTURE_RUN_H_
