#include "tests/torture/torture_main.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <random>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "tests/testing/vault_process.h"

namespace cardvault::torture {
namespace {

constexpr char kBreakableDaemon[] = "server/cardvaultd_breakable";
constexpr char kBreakVariable[] = "CARDVAULT_BREAK";
constexpr int kMaxRuns = 100'000;

std::atomic<bool> interrupted = false;

}  // namespace

bool IsInterrupted() { return interrupted; }

std::string DaemonFor(const std::string& broken) {
  if (broken.empty()) return testing::kDaemon;
  setenv(kBreakVariable, broken.c_str(), 1);
  return kBreakableDaemon;
}

int TortureMain(int argc, char** argv, const TortureCommand& command,
                const std::function<int(const TortureArguments&)>& torture) {
  CLI::App app(command.description);
  app.name(command.name);
  app.footer(command.footer);
  TortureArguments arguments;
  arguments.seed = std::random_device()();
  app.add_option("--runs", arguments.runs, command.runs_help + " (default 20)")
      ->check(CLI::Range(1, kMaxRuns));
  app.add_option("--seed", arguments.seed,
                 "of the schedules (default: a new one, which is printed)");
  app.add_option("--break", arguments.broken, command.break_help)
      ->check(CLI::IsMember(command.breakable));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  signal(SIGINT, [](int) { interrupted = true; });
  signal(SIGTERM, [](int) { interrupted = true; });
  printf("seed: %s\n", absl::StrCat(arguments.seed).c_str());
  fflush(stdout);
  return torture(arguments);
}

void ShowRun(int run, const std::string& line, absl::Duration time, int done, int runs,
             bool is_clean, const std::string& totals) {
  if (isatty(STDOUT_FILENO) == 0) {
    printf("run %d: %s, %.1f s\n", run, line.c_str(), absl::ToDoubleSeconds(time));
  } else {
    constexpr int kBar = 30;
    const int full = done * kBar / runs;
    printf("\r[%s%s] %d/%d runs, %s\x1b[K", std::string(full, '#').c_str(),
           std::string(kBar - full, '.').c_str(), done, runs, totals.c_str());
    if (done == runs || !is_clean) printf("\n");
  }
  fflush(stdout);
}

int Conclude(const TortureArguments& arguments, const std::string& totals,
             const std::vector<std::string>& differences, const std::string& result, int done,
             bool is_clean) {
  printf("%s\n", totals.c_str());
  for (const std::string& difference : differences) {
    printf("seed %s, %s\n", absl::StrCat(arguments.seed).c_str(), difference.c_str());
  }
  printf("%d runs, %s\n", done, result.c_str());
  return is_clean && done == arguments.runs ? 0 : 1;
}

}  // namespace cardvault::torture
