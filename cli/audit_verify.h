#ifndef CARDVAULT_CLI_AUDIT_VERIFY_H_
#define CARDVAULT_CLI_AUDIT_VERIFY_H_

#include <CLI/CLI.hpp>

#include "cli/session.h"

namespace cardvault::cli {

// `audit verify`, of the noun that AddAuditCommands adds: asks nothing of a server, and needs no
// profile.
void AddAuditVerifyVerb(CLI::App& audit, const Session& session, int& exit_code);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_AUDIT_VERIFY_H_
