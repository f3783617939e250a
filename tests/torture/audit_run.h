#ifndef CARDVAULT_TESTS_TORTURE_AUDIT_RUN_H_
#define CARDVAULT_TESTS_TORTURE_AUDIT_RUN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cardvault::torture {

struct AuditResult {
  size_t entry_count = 0;
  int kills = 0;
  int tamperings = 0;  // of an export, or of a store's log
  int unclaimed = 0;   // accepted ones, of bytes of an export that nobody claims to prove
  int harmless = 0;    // files of a store that were changed, and no row of its log
  int starts = 0;      // of a server on a store that was tampered with
  std::vector<std::string> undetected;
  std::vector<std::string> false_alarms;
};

// What can be taken out of the checks.
inline constexpr char kBreakAnchor[] = "anchor";  // nothing from outside is looked at
inline constexpr char kBreakNode[] = "node";      // stored entries are not hashed

// Lets a vault live, tampers with copies of its exports and its store, and has them checked, as
// well as what was not tampered with. The same seed and run draw the same; what the log has is the
// machine's too. `broken`: one of the above, or "".
AuditResult PlayAuditRun(uint64_t seed, int run, const std::string& broken);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_AUDIT_RUN_H_
