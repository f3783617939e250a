#ifndef CARDVAULT_TESTS_TORTURE_STALE_SEALS_H_
#define CARDVAULT_TESTS_TORTURE_STALE_SEALS_H_

#include <string>
#include <vector>

#include "audit/audit_leaf.h"

namespace cardvault::torture {

// What the audit log says of cards that a call sealed under a version of a key and committed after
// a re-encryption to a later one had begun: they may land behind its scan, and are lost when the
// earlier version is destroyed. A text for each; the log is in order.
std::vector<std::string> FindStaleSeals(const std::vector<AuditEntry>& log);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_STALE_SEALS_H_
