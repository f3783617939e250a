#ifndef CARDVAULT_CLI_COMMANDS_H_
#define CARDVAULT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "cli/key_share.h"
#include "cli/numbers.h"
#include "cli/session.h"

namespace cardvault::cli {

// How many of something a list shows at most: what a person can want, and a terminal hold.
inline constexpr NumberRange kListLimits = {1, 10000, "payments"};

// Each adds its noun with its verbs. A verb that runs puts its exit code into `exit_code`; both
// outlive the app's parsing.
void AddCardCommands(CLI::App& app, Session& session, int& exit_code);
void AddPayCommands(CLI::App& app, Session& session, int& exit_code);
void AddNotificationCommands(CLI::App& app, Session& session, int& exit_code);
void AddRouteCommands(CLI::App& app, Session& session, int& exit_code);
void AddRoleCommands(CLI::App& app, Session& session, int& exit_code);
void AddChangeCommands(CLI::App& app, Session& session, int& exit_code);
void AddConfigCommands(CLI::App& app, Session& session, int& exit_code);
void AddKeyCommands(CLI::App& app, Session& session, int& exit_code);
void AddCustodianCommands(CLI::App& app, Session& session, int& exit_code);
void AddAuditCommands(CLI::App& app, Session& session, int& exit_code);
void AddBackupCommands(CLI::App& app, Session& session, int& exit_code);
void AddStoreCommands(CLI::App& app, Session& session, int& exit_code);
void AddMerchantCommands(CLI::App& app, Session& session, int& exit_code);
void AddStatusCommand(CLI::App& app, Session& session, int& exit_code);

// A verb of the noun `card`, which AddCardCommands adds.
void AddImportVerb(CLI::App& card, Session& session, int& exit_code);

// Verbs of the noun `audit`, which AddAuditCommands adds.
void AddAuditExportVerb(CLI::App& audit, Session& session, int& exit_code);
void AddAuditTailVerb(CLI::App& audit, Session& session, int& exit_code);
void AddAuditCheckpointVerbs(CLI::App& audit, Session& session, int& exit_code);

// Verbs of the noun `key`, which AddKeyCommands adds.
void AddKeyEndVerbs(CLI::App& key, Session& session, int& exit_code);
void AddReencryptVerb(CLI::App& key, Session& session, int& exit_code);

// The verbs `seal` and `unseal` of the noun `key`, which AddKeyCommands adds.
void AddSealVerbs(CLI::App& key, Session& session, int& exit_code);

// The options with which a custodian opens his share; `options` outlives the app's parsing.
void AddShareOptions(CLI::App& verb, ShareOptions& options);

// Verbs of the noun `pay`, which AddPayCommands adds.
void AddPayLookVerbs(CLI::App& pay, Session& session, int& exit_code);
void AddDryRunVerb(CLI::App& pay, Session& session, int& exit_code);
void AddOpenPaymentVerbs(CLI::App& pay, Session& session, int& exit_code);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_COMMANDS_H_
