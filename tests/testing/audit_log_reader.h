#ifndef CARDVAULT_TESTS_TESTING_AUDIT_LOG_READER_H_
#define CARDVAULT_TESTS_TESTING_AUDIT_LOG_READER_H_

#include <string>
#include <vector>

#include "audit/audit_leaf.h"

namespace cardvault::testing {

// Every entry of a vault's audit log, in order. The server must not run. Dies when an entry does
// not decode or a sequence is missing.
std::vector<AuditEntry> ReadAuditLog(const std::string& data_directory);

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_TESTING_AUDIT_LOG_READER_H_
