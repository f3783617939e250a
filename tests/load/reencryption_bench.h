#ifndef CARDVAULT_TESTS_LOAD_REENCRYPTION_BENCH_H_
#define CARDVAULT_TESTS_LOAD_REENCRYPTION_BENCH_H_

#include "tests/load/bench_report.h"
#include "tests/load/reencryption_rig.h"

namespace cardvault::testing {

struct ReencryptionPlan {
  int cards = 0;
  int rounds = 0;
};

// What moving a record to the next key costs, beside the same cryptography and the same writes
// bare, in rounds of each by turns. Adds two tables and the target.
void MeasureReencryption(const ReencryptionPlan& plan, ReencryptionRig& rig, BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_REENCRYPTION_BENCH_H_
