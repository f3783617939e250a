#ifndef CARDVAULT_CLI_ENTRY_FORMAT_H_
#define CARDVAULT_CLI_ENTRY_FORMAT_H_

#include <CLI/CLI.hpp>
#include <string>

#include "audit/audit_leaf.h"

namespace cardvault::cli {

// As what entries of the audit log are written: docs/formats/audit_export.md. JSON lines alone
// prove.
enum class EntryFormat { kJsonLines, kCsv, kCef };

// `--format`, by default jsonl.
void AddFormatOption(CLI::App& verb, EntryFormat& format);

// What stands before the first entry, and an entry without a proof, with their line ends.
std::string FirstLine(EntryFormat format);
std::string EntryLine(EntryFormat format, const AuditEntry& entry);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_ENTRY_FORMAT_H_
