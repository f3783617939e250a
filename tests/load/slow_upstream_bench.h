#ifndef CARDVAULT_TESTS_LOAD_SLOW_UPSTREAM_BENCH_H_
#define CARDVAULT_TESTS_LOAD_SLOW_UPSTREAM_BENCH_H_

#include "absl/time/time.h"
#include "tests/load/bench_report.h"
#include "tests/load/payment_rig.h"

namespace cardvault::testing {

struct SlowUpstreamPlan {
  int rounds = 0;
  int payments = 0;  // in flight at once, of both merchants together
  int tokenize_in_flight = 0;
  absl::Duration alone;  // how long Tokenize runs alone in each round
};

// What payments that wait for a slow gateway do to Tokenize and to the server's thread count. In
// each round Tokenize runs alone, then while the payments come, wait and go. Adds two tables and
// the target of Tokenize's p99.
void MeasureSlowUpstream(const SlowUpstreamPlan& plan, PaymentRig& rig, BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_SLOW_UPSTREAM_BENCH_H_
