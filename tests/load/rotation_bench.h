#ifndef CARDVAULT_TESTS_LOAD_ROTATION_BENCH_H_
#define CARDVAULT_TESTS_LOAD_ROTATION_BENCH_H_

#include "absl/time/time.h"
#include "tests/load/bench_report.h"
#include "tests/load/token_rig.h"

namespace cardvault::testing {

struct RotationPlan {
  int rounds = 0;
  int in_flight = 0;
  absl::Duration phase;  // how long each kind of call runs, alone and beside the job
  int cards = 0;         // stored before the first round, so that the job outlasts the calls
  int key_versions = 0;  // of the starts
  int restarts = 0;
};

// What rotation does to traffic: Tokenize and GetToken alone and beside the re-encryption of card
// numbers at the server's own pace, by turns; then how long a start takes with many versions of
// keys. Adds three tables and three targets.
void MeasureRotation(const RotationPlan& plan, TokenRig& rig, BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_ROTATION_BENCH_H_
