#ifndef CARDVAULT_TESTS_LOAD_UNSEAL_BENCH_H_
#define CARDVAULT_TESTS_LOAD_UNSEAL_BENCH_H_

#include <string>

#include "tests/load/bench_report.h"

namespace cardvault::testing {

struct UnsealPlan {
  int versions = 0;  // of keys, those that are not destroyed
  int rounds = 0;
};

// How long a keyring takes to open that has become old: read, authenticated, every key unwrapped,
// the first uses reserved. The KEK is in a file below `directory`; an HSM adds one call for each
// version. Adds a table and the target.
void MeasureUnseal(const UnsealPlan& plan, const std::string& directory, BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_UNSEAL_BENCH_H_
