#ifndef CARDVAULT_TESTS_LOAD_AUDIT_PROOF_BENCH_H_
#define CARDVAULT_TESTS_LOAD_AUDIT_PROOF_BENCH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/load/bench_report.h"

namespace cardvault::testing {

struct AuditProofPlan {
  std::vector<uint64_t> sizes;  // of the log, rising; about 200 bytes of disk for each entry
  int proofs = 0;               // of each kind at each size
};

// What a proof out of the store costs as the log grows: its time, and how many nodes it reads. The
// store is made below `directory`. Adds a table.
void MeasureAuditProofs(const AuditProofPlan& plan, const std::string& directory,
                        BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_AUDIT_PROOF_BENCH_H_
