#ifndef CARDVAULT_AUDIT_EXPORT_CSV_LINE_H_
#define CARDVAULT_AUDIT_EXPORT_CSV_LINE_H_

#include <string>

#include "audit/audit_leaf.h"

namespace cardvault {

// Audit entries as CSV (RFC 4180), for reading: nothing but the leaf's hash, by which an entry is
// found in a JSON export, is proved. Lines end with CR LF. A cell that a spreadsheet would take for
// a formula (it begins with = + - @) has an apostrophe before it. Thread-safe.

// The first line: the columns' names.
std::string CsvHeaderLine();

// The entry's line; CanExport must be true of it.
std::string FormatCsvLine(const AuditEntry& entry);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_CSV_LINE_H_
