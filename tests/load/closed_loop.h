#ifndef CARDVAULT_TESTS_LOAD_CLOSED_LOOP_H_
#define CARDVAULT_TESTS_LOAD_CLOSED_LOOP_H_

#include <functional>
#include <vector>

#include "tests/load/timed_call.h"

namespace cardvault::testing {

// A load that keeps `in_flight` calls under way: the next starts when one ends.
//
// `start` begins call `index` and has `done` called once when it ended, from any thread but not
// from within `start`. `more` says whether call `index` is still to be made, and stays with its
// first no. Both are called from the threads that call `done`, `start` on several at a time.
//
// Returns when all have ended, with every call, in no order.
std::vector<TimedCall> RunClosedLoop(
    int in_flight, const std::function<bool(int index)>& more,
    const std::function<void(int index, std::function<void()> done)>& start);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_CLOSED_LOOP_H_
