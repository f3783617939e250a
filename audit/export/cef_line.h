#ifndef CARDVAULT_AUDIT_EXPORT_CEF_LINE_H_
#define CARDVAULT_AUDIT_EXPORT_CEF_LINE_H_

#include <string>

#include "audit/audit_leaf.h"

namespace cardvault {

// The entry as a line of CEF, version 0, for a SIEM, with its newline: nothing but the leaf's hash,
// by which the entry is found in a JSON export, is proved. The severity is 3 of what succeeded, 6
// of what was refused, 8 of what failed. CanExport must be true of the entry. Thread-safe.
std::string FormatCefLine(const AuditEntry& entry);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_CEF_LINE_H_
