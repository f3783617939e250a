#ifndef CARDVAULT_CLI_USAGE_ERROR_H_
#define CARDVAULT_CLI_USAGE_ERROR_H_

#include <CLI/CLI.hpp>
#include <string>

namespace cardvault::cli {

// What is wrong with the arguments that `app` refused, and where help is. Never repeats an
// argument: CLI11's own texts do, and a card number may have been typed there.
std::string UsageError(const CLI::App& app, const CLI::ParseError& error);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_USAGE_ERROR_H_
