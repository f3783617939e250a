#ifndef CARDVAULT_AUDIT_VERIFIER_FILTERED_EXPORT_H_
#define CARDVAULT_AUDIT_VERIFIER_FILTERED_EXPORT_H_

#include <string>

#include "audit/verifier/open_export.h"
#include "audit/verifier/trusted_checkpoint.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

// Verifies that each entry of a filtered export of this log stands in it. Of entries that are not
// in the file nothing is known. Not thread-safe for one context.
Verdict VerifyFiltered(const std::string& path, const LogName& log, VerifyContext& context);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_FILTERED_EXPORT_H_
