// cardvault, the operator's and developer's command: `cardvault <noun> <verb>`.

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>

#include "base/process_hardening.h"
#include "cli/commands.h"
#include "cli/numbers.h"
#include "cli/session.h"
#include "cli/usage_error.h"

namespace cardvault::cli {
namespace {

std::string DefaultProfile() {
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/.config/cardvault/profile.yaml";
}

int Run(int argc, char** argv) {
  CLI::App app(
      "cardvault: tokens, payments and keys of a card vault.\n"
      "Example: cardvault --profile shop.yaml card show tok_test_...\n"
      "Exit codes: 0 ok, 1 refused, 2 usage. Card numbers, CVVs and credentials are read from the\n"
      "terminal without echo or from a file descriptor, never from arguments.");
  Session session;
  session.profile_path = DefaultProfile();
  app.add_option("--profile", session.profile_path, "servers and certificates, YAML")
      ->capture_default_str();
  app.add_flag("--json", session.json, "answer as JSON")->disable_flag_override();
  AddNumber(&app, "--timeout", session.timeout_seconds, {1, 3600, "seconds"},
            "seconds to wait for an answer")
      ->default_str("60");
  app.require_subcommand(1);
  app.fallthrough();

  int exit_code = kOk;
  AddCardCommands(app, session, exit_code);
  AddPayCommands(app, session, exit_code);
  AddRouteCommands(app, session, exit_code);
  AddRoleCommands(app, session, exit_code);
  AddKeyCommands(app, session, exit_code);
  AddStatusCommand(app, session, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return Session::Misused(UsageError(app, error));
  }
  return exit_code;
}

}  // namespace
}  // namespace cardvault::cli

int main(int argc, char** argv) {
  // It holds a card number for a moment too.
  if (!cardvault::HardenProcess(argv).ok()) return cardvault::cli::kRefused;
  return cardvault::cli::Run(argc, argv);
}
