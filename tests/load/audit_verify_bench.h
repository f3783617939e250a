#ifndef CARDVAULT_TESTS_LOAD_AUDIT_VERIFY_BENCH_H_
#define CARDVAULT_TESTS_LOAD_AUDIT_VERIFY_BENCH_H_

#include <cstdint>
#include <string>

#include "tests/load/bench_report.h"

namespace cardvault::testing {

struct AuditVerifyPlan {
  uint64_t entries = 0;  // of the export; each takes about half a KiB of memory
  int rounds = 0;
};

// How long the verification of an export takes, beside SHA-256 alone over the same entries and
// nodes. The export is made below `directory`. Adds a table and a target.
void MeasureAuditVerify(const AuditVerifyPlan& plan, const std::string& directory,
                        BenchReport& report);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_AUDIT_VERIFY_BENCH_H_
