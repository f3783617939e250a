// Seeded runs of key rotations, re-encryptions and destructions under traffic and kills: --help.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/torture/key_finding.h"
#include "tests/torture/key_schedule.h"
#include "tests/torture/keys_run.h"
#include "tests/torture/torture_main.h"

namespace cardvault::torture {
namespace {

constexpr char kFooter[] =
    "The last line is `N runs, N cards, 0 unreadable, 0 duplicated, 0 nonces reused` and the exit\n"
    "code 0. With a difference the runs end; the seed and the first differences stand before that\n"
    "line, and the exit code is 1. A seed gives the same schedules again; how steps and calls "
    "fall\n"
    "together in time is the machine's.\n\nExample:\n  tools/torture keys --runs 200 --seed 7\n";

struct Totals {
  int runs = 0;
  size_t cards = 0;
  size_t values = 0;
  int kills = 0;
  int hsm_runs = 0;
  int restores = 0;
  size_t lost = 0;  // with them
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
  totals.restores += schedule.restores() ? 1 : 0;
  totals.lost += result.lost_count;
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

int Run(const TortureArguments& arguments) {
  const std::string daemon = DaemonFor(arguments.broken);
  Totals totals;
  for (int run = 1; run <= arguments.runs && totals.clean() && !IsInterrupted(); ++run) {
    const absl::Time begin = absl::Now();
    const KeySchedule schedule = MakeKeySchedule(arguments.seed, run, arguments.restore_one_in);
    const KeysResult result = PlayKeySchedule(schedule, daemon);
    Count(run, schedule, result, totals);
    ShowRun(run,
            absl::StrCat(schedule.steps.size(), " steps, ", result.card_count, " cards, ",
                         schedule.kills(), " kills", schedule.uses_hsm ? ", HSM" : "",
                         schedule.restores()
                             ? absl::StrCat(", restored, ", result.lost_count, " cards lost")
                             : ""),
            absl::Now() - begin, totals.runs, arguments.runs, totals.clean(),
            absl::StrCat(totals.cards, " cards, ", totals.kills, " kills"));
  }
  return Conclude(
      arguments,
      absl::StrCat(totals.kills, " kills, ", totals.hsm_runs, " runs with an HSM, ",
                   totals.restores, " restores of a backup with ", totals.lost,
                   " cards lost behind it, ", totals.values, " sealed values"),
      totals.differences,
      absl::StrCat(totals.cards, " cards, ", totals.unreadable, " unreadable, ", totals.duplicated,
                   " duplicated, ", totals.nonces_reused, " nonces reused"),
      totals.runs, totals.clean());
}

}  // namespace
}  // namespace cardvault::torture

int main(int argc, char** argv) {
  return cardvault::torture::TortureMain(
      argc, argv,
      {.name = "tools/torture keys",
       .description =
           "Rotates, compromises and destroys keys, re-encrypts what rests under them, pauses "
           "that,\n"
           "and kills the server and takes its HSM away, while cards are tokenized, changed and\n"
           "offered again; loses everything behind a backup in some runs, and restores that. Then\n"
           "every card must open under the newest keys and be there once.",
       .footer = cardvault::torture::kFooter,
       .runs_help = "how many runs, each on a vault of its own",
       .break_help =
           "one protection to switch off in a server that is built for it, to see that it\n"
           "is missed: snapshot (nothing is committed that an earlier key sealed),\n"
           "dual-lookup (cards are looked up under every fingerprint key), new-keys (no key goes "
           "on\n"
           "encrypting after a restore: with --restore-one-in 1)",
       .breakable = {"snapshot", "dual-lookup", "new-keys"},
       .restore_help =
           "of how many runs one restores a backup; what was acknowledged behind it is\n"
           "lost, and not unreadable"},
      cardvault::torture::Run);
}
