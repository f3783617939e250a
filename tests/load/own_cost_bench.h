#ifndef CARDVAULT_TESTS_LOAD_OWN_COST_BENCH_H_
#define CARDVAULT_TESTS_LOAD_OWN_COST_BENCH_H_

#include <vector>

#include "tests/load/bench_report.h"
#include "tests/load/payment_rig.h"

namespace cardvault::testing {

// How much of each load is made.
struct OwnCostLoad {
  int in_flight = 0;
  int payments = 0;  // in each round
};
struct OwnCostPlan {
  int rounds = 0;
  std::vector<OwnCostLoad> loads;
};

// What PayIn costs beside a plain libcurl post of the same body to the same gateway, in rounds of
// each by turns. The gateway says for each order how long it had it in hand; what is left of the
// answer's time is the sender's own. Adds two tables and the targets of PayIn.
void MeasureOwnCost(const OwnCostPlan& plan, PaymentRig& rig, BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_OWN_COST_BENCH_H_
