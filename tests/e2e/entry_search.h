#ifndef CARDVAULT_TESTS_E2E_ENTRY_SEARCH_H_
#define CARDVAULT_TESTS_E2E_ENTRY_SEARCH_H_

#include <string>
#include <vector>

#include "audit/audit_leaf.h"

namespace cardvault::testing {

// Fails the test where one of the texts is in an entry, as it is stored and hashed.
void ExpectInNoEntry(const std::vector<AuditEntry>& log, const std::vector<std::string>& texts);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_E2E_ENTRY_SEARCH_H_
