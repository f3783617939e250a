#ifndef CARDVAULT_TESTS_LOAD_TIMED_CALL_H_
#define CARDVAULT_TESTS_LOAD_TIMED_CALL_H_

#include <chrono>
#include <vector>

#include "absl/time/time.h"

namespace cardvault::testing {

// One call of a load, by the clock that nobody sets.
struct TimedCall {
  int index = 0;  // of the call in its load, from 0
  std::chrono::steady_clock::time_point begin;
  std::chrono::steady_clock::time_point end;

  absl::Duration took() const { return absl::FromChrono(end - begin); }
};

// From the first beginning to the last end; zero when there are none.
absl::Duration TookTogether(const std::vector<TimedCall>& calls);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_TIMED_CALL_H_
