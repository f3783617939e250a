#include "cli/usage_error.h"

#include "absl/strings/str_cat.h"

namespace cardvault::cli {
namespace {

std::string Commands(const CLI::App& app) {
  std::string names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", sub->get_name());
  }
  return names;
}

template <typename Kind>
bool Is(const CLI::ParseError& error) {
  return dynamic_cast<const Kind*>(&error) != nullptr;
}

}  // namespace

std::string UsageError(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  std::string command = "cardvault";
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().back();
    absl::StrAppend(&command, " ", at->get_name());
  }
  const std::string see = absl::StrCat("; see ", command, " --help");
  if (const std::string commands = Commands(*at); !commands.empty()) {
    return absl::StrCat(
        app.remaining_size(true) > 0 ? "no such command or option: " : "a command is missing: ",
        command, " takes ", commands, see);
  }
  if (Is<CLI::ExtrasError>(error)) {
    return absl::StrCat("an argument that ", command,
                        " does not take; card numbers, CVVs and secrets are typed or read from a "
                        "descriptor",
                        see);
  }
  // These name the option alone: every number goes through NumberOf.
  if (Is<CLI::ValidationError>(error) || Is<CLI::RequiredError>(error)) {
    return absl::StrCat(error.what(), see);
  }
  if (Is<CLI::ArgumentMismatch>(error)) {
    return absl::StrCat(error.what(), " (once and with one value, a flag with none)", see);
  }
  return absl::StrCat("an option has a value that it does not take", see);
}

}  // namespace cardvault::cli
