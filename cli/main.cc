// cardvault, the operator's and developer's command: `cardvault <noun> <verb>`.

#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>

#include "base/process_hardening.h"
#include "base/version.h"
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

// A closed one would be the number of the next socket, and an answer would be written there. What
// is written to the one that is put in its place fails, as it should.
void FillStandardDescriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR) != fd) abort();
  }
}

void SilenceLibraries() {
  gpr_set_log_function([](gpr_log_func_args*) {});
  google::protobuf::SetLogHandler(nullptr);
}

int Run(int argc, char** argv) {
  CLI::App app(
      "cardvault: tokens, payments and keys of a card vault.\n"
      "Example: cardvault --profile shop.yaml card show tok_test_...\n"
      "Exit codes: 0 ok, 1 refused, 2 usage, 6 done but the answer could not be written; of "
      "payments\n"
      "3 no money moved, 4 not sent, 5 not known. Card numbers, CVVs and credentials are read "
      "from\n"
      "the terminal without echo or from a file descriptor, never from arguments.");
  SilenceLibraries();
  Session session;
  session.profile_path = DefaultProfile();
  app.add_option("--profile", session.profile_path, "servers and certificates, YAML")
      ->capture_default_str();
  app.add_flag("--json", session.json, "answer as JSON")->disable_flag_override();
  AddNumber(&app, "--timeout", session.timeout_seconds, {1, 3600, "seconds"},
            "seconds to wait for an answer")
      ->default_str("60");
  app.set_version_flag("--version", std::string("cardvault ") + kVersion);
  app.require_subcommand(1);
  app.fallthrough();

  int exit_code = kOk;
  AddCardCommands(app, session, exit_code);
  AddPayCommands(app, session, exit_code);
  AddNotificationCommands(app, session, exit_code);
  AddRouteCommands(app, session, exit_code);
  AddRoleCommands(app, session, exit_code);
  AddChangeCommands(app, session, exit_code);
  AddConfigCommands(app, session, exit_code);
  AddKeyCommands(app, session, exit_code);
  AddCustodianCommands(app, session, exit_code);
  AddAuditCommands(app, session, exit_code);
  AddBackupCommands(app, session, exit_code);
  AddMerchantCommands(app, session, exit_code);
  AddStoreCommands(app, session, exit_code);
  AddStatusCommand(app, session, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return Session::Misused(UsageError(app, error));
    std::ostringstream help;
    app.exit(error, help, help);
    return Session::Print(help.str());
  } catch (const std::exception&) {  // its text may hold anything
    std::cerr << "cardvault: an unexpected failure: please tell the maintainers which command\n";
    return kRefused;
  }
  return exit_code;
}

}  // namespace
}  // namespace cardvault::cli

int main(int argc, char** argv) {
  cardvault::cli::FillStandardDescriptors();
  // It holds a card number for a moment too.
  if (!cardvault::HardenProcess(argv).ok()) return cardvault::cli::kRefused;
  return cardvault::cli::Run(argc, argv);
}
