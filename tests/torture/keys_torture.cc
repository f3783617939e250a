// Seeded runs of key rotations, re-encryptions and destructions under traffic and kills: --help.

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/testing/vault_process.h"
#include "tests/torture/key_finding.h"
#include "tests/torture/key_schedule.h"
#include "tests/torture/keys_run.h"

namespace cardvault::torture {
namespace {

constexpr char kBreakableDaemon[] = "server/cardvaultd_breakable";
constexpr char kBreakVariable[] = "CARDVAULT_BREAK";
constexpr int kMaxRuns = 100'000;
// What goes wrong once often goes wrong for many cards.
constexpr size_t kMaxShown = 5;

constexpr char kFooter[] =
    "The last line is `N runs, N cards, 0 unreadable, 0 duplicated, 0 nonces reused` and the exit\n"
    "code 0. With a difference the runs end; the seed and the first differences stand before that\n"
    "line, and the exit code is 1. A seed gives the same schedules again; how steps and calls "
    "fall\n"
    "together in time is the machine's.\n\nExample:\n  tools/torture keys --runs 200 --seed 7\n";

std::atomic<bool> interrupted = false;

struct Totals {
  int runs = 0;
  size_t cards = 0;
  size_t values = 0;
  int kills = 0;
  int hsm_runs = 0;
  int unreadable = 0;
  int duplicated = 0;
  int nonces_reused = 0;
  std::vector<std::string> differences;  // the first ones of one run

  bool clean() const { return unreadable + duplicated + nonces_reused == 0; }
};

void Count(int run, const KeySchedule& schedule, const KeysResult& result, Totals& totals) {
  ++totals.runs;
  totals.cards += result.card_count;
  totals.values += result.value_count;
  totals.kills += schedule.kills();
  totals.hsm_runs += schedule.uses_hsm ? 1 : 0;
  for (const KeyFinding& finding : result.findings) {
    switch (finding.kind) {
      case KeyFinding::Kind::kUnreadable:
        ++totals.unreadable;
        break;
      case KeyFinding::Kind::kDuplicated:
        ++totals.duplicated;
        break;
      case KeyFinding::Kind::kNonceReused:
        ++totals.nonces_reused;
        break;
    }
    if (totals.differences.size() < kMaxShown) {
      totals.differences.push_back(absl::StrCat("run ", run, ": ", finding.text));
    }
  }
}

void Show(int run, int runs, const KeySchedule& schedule, const KeysResult& result,
          const Totals& totals, absl::Duration time) {
  if (isatty(STDOUT_FILENO) == 0) {
    printf("run %d: %zu steps, %zu cards, %d kills%s, %.1f s\n", run, schedule.steps.size(),
           result.card_count, schedule.kills(), schedule.uses_hsm ? ", HSM" : "",
           absl::ToDoubleSeconds(time));
  } else {
    constexpr int kBar = 30;
    const int done = totals.runs * kBar / runs;
    printf("\r[%s%s] %d/%d runs, %zu cards, %d kills\x1b[K", std::string(done, '#').c_str(),
           std::string(kBar - done, '.').c_str(), totals.runs, runs, totals.cards, totals.kills);
    if (totals.runs == runs || !totals.clean()) printf("\n");
  }
  fflush(stdout);
}

int Run(uint64_t seed, int runs, const std::string& broken) {
  if (!broken.empty()) setenv(kBreakVariable, broken.c_str(), 1);
  const std::string shown_seed = absl::StrCat(seed);
  printf("seed: %s\n", shown_seed.c_str());
  fflush(stdout);
  Totals totals;
  for (int run = 1; run <= runs && totals.clean() && !interrupted; ++run) {
    const absl::Time begin = absl::Now();
    const KeySchedule schedule = MakeKeySchedule(seed, run);
    const KeysResult result =
        PlayKeySchedule(schedule, broken.empty() ? testing::kDaemon : kBreakableDaemon);
    Count(run, schedule, result, totals);
    Show(run, runs, schedule, result, totals, absl::Now() - begin);
  }
  printf("%d kills, %d runs with an HSM, %zu sealed values\n", totals.kills, totals.hsm_runs,
         totals.values);
  for (const std::string& difference : totals.differences) {
    printf("seed %s, %s\n", shown_seed.c_str(), difference.c_str());
  }
  printf("%d runs, %zu cards, %d unreadable, %d duplicated, %d nonces reused\n", totals.runs,
         totals.cards, totals.unreadable, totals.duplicated, totals.nonces_reused);
  return totals.clean() && totals.runs == runs ? 0 : 1;
}

}  // namespace
}  // namespace cardvault::torture

int main(int argc, char** argv) {
  CLI::App app(
      "Rotates, compromises and destroys keys, re-encrypts what rests under them, pauses that,\n"
      "and kills the server and takes its HSM away, while cards are tokenized, changed and\n"
      "offered again; then every card must open under the newest keys and be there once.");
  app.name("tools/torture keys");
  app.footer(cardvault::torture::kFooter);
  int runs = 20;
  uint64_t seed = std::random_device()();
  std::string broken;
  app.add_option("--runs", runs, "how many runs, each on a vault of its own (default 20)")
      ->check(CLI::Range(1, cardvault::torture::kMaxRuns));
  app.add_option("--seed", seed, "of the schedules (default: a new one, which is printed)");
  app.add_option("--break", broken,
                 "one protection to switch off in a server that is built for it, to see that it\n"
                 "is missed: snapshot (nothing is committed that an earlier key sealed),\n"
                 "dual-lookup (cards are looked up under every fingerprint key)")
      ->check(CLI::IsMember({"snapshot", "dual-lookup"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // A run's server and files end with their objects: leave by the way of a run that is over.
  signal(SIGINT, [](int) { cardvault::torture::interrupted = true; });
  signal(SIGTERM, [](int) { cardvault::torture::interrupted = true; });
  return cardvault::torture::Run(seed, runs, broken);
}
