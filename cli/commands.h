#ifndef CARDVAULT_CLI_COMMANDS_H_
#define CARDVAULT_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "cli/session.h"

namespace cardvault::cli {

// Each adds its noun with its verbs. A verb that runs puts its exit code into `exit_code`; both
// outlive the app's parsing.
void AddCardCommands(CLI::App& app, Session& session, int& exit_code);
void AddPayCommands(CLI::App& app, Session& session, int& exit_code);
void AddRouteCommands(CLI::App& app, Session& session, int& exit_code);
void AddRoleCommands(CLI::App& app, Session& session, int& exit_code);
void AddKeyCommands(CLI::App& app, Session& session, int& exit_code);
void AddStatusCommand(CLI::App& app, Session& session, int& exit_code);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_COMMANDS_H_
