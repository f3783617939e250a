#ifndef CARDVAULT_TESTS_LOAD_AUDIT_COST_BENCH_H_
#define CARDVAULT_TESTS_LOAD_AUDIT_COST_BENCH_H_

#include "absl/time/time.h"
#include "tests/load/bench_report.h"

namespace cardvault::testing {

struct AuditCostPlan {
  int rounds = 0;
  int in_flight = 0;
  absl::Duration phase;  // how long Tokenize runs with the log, and without, in each round
};

// What the log costs Tokenize: a server as it is and one that writes no entry (Protection
// kAuditLog), of one build, by turns. Adds two tables and a target.
void MeasureAuditCost(const AuditCostPlan& plan, BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_AUDIT_COST_BENCH_H_
