#ifndef CARDVAULT_TESTS_TORTURE_TORTURE_RUN_H_
#define CARDVAULT_TESTS_TORTURE_TORTURE_RUN_H_

#include <map>
#include <vector>

#include "cardvault/v1/payment_service.pb.h"
#include "tests/torture/arena.h"
#include "tests/torture/finding.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {

// Threads that one run has, the caller's among them.
inline constexpr int kRunThreads = 8;

struct RunResult {
  std::vector<Finding> findings;             // the gravest first
  std::map<v1::PaymentState, int> ended_as;  // how many payments
};

// Plays the schedule in the arena, which is not for another run when a backup was restored in this
// one: from then on its vault looks up every payment before it is sent. The gateways are reset
// first. Waits until nothing is open any more that the reconciler can still close, at most half a
// minute, and compares the books.
RunResult PlaySchedule(const Schedule& schedule, Arena& arena);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_TORTURE_RUN_H_
