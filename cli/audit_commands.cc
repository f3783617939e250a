#include "cli/audit_verify.h"
#include "cli/commands.h"

namespace cardvault::cli {

void AddAuditCommands(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* audit = app.add_subcommand("audit", "the audit log");
  audit->require_subcommand(1);
  AddAuditExportVerb(*audit, session, exit_code);
  AddAuditTailVerb(*audit, session, exit_code);
  AddAuditCheckpointVerbs(*audit, session, exit_code);
  AddAuditVerifyVerb(*audit, session, exit_code);
}

}  // namespace cardvault::cli
