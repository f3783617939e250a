// Seeded runs of a vault's life, its exports and its store, tampered with and checked: --help.

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/torture/audit_run.h"
#include "tests/torture/torture_main.h"

namespace cardvault::torture {
namespace {

constexpr char kFooter[] =
    "The last line is `N runs, N tamperings, 0 undetected, 0 false alarms` and the exit code 0.\n"
    "With a difference the runs end; the seed and the first differences stand before that line,\n"
    "and the exit code is 1. A seed draws the same lives and tamperings again; when the server\n"
    "is hit by a kill, and which bytes a file has, is the machine's.\n\n"
    "Example:\n  tools/torture audit --runs 200 --seed 7\n";

int Run(const TortureArguments& arguments) {
  AuditResult all;
  std::vector<std::string> differences;
  int runs = 0;
  const auto is_clean = [&] { return all.undetected.empty() && all.false_alarms.empty(); };
  for (int run = 1; run <= arguments.runs && is_clean() && !IsInterrupted(); ++run) {
    const absl::Time begin = absl::Now();
    const AuditResult result = PlayAuditRun(arguments.seed, run, arguments.broken);
    ++runs;
    all.entry_count += result.entry_count;
    all.kills += result.kills;
    all.tamperings += result.tamperings;
    all.unclaimed += result.unclaimed;
    all.harmless += result.harmless;
    all.starts += result.starts;
    for (const auto& [word, found, into] :
         {std::tuple("undetected", &result.undetected, &all.undetected),
          std::tuple("false alarm", &result.false_alarms, &all.false_alarms)}) {
      for (const std::string& text : *found) {
        into->push_back(text);
        if (differences.size() == kMaxShown) continue;
        differences.push_back(absl::StrCat("run ", run, ": ", word, ": ", text));
      }
    }
    ShowRun(run,
            absl::StrCat(result.entry_count, " entries, ", result.tamperings, " tamperings, ",
                         result.kills, " kills"),
            absl::Now() - begin, runs, arguments.runs, is_clean(),
            absl::StrCat(all.tamperings, " tamperings, ", all.kills, " kills"));
  }
  return Conclude(arguments,
                  absl::StrCat(all.kills, " kills, ", all.entry_count, " entries, ", all.starts,
                               " starts on what was tampered with; beside: ", all.harmless,
                               " changes of files that met no entry, ", all.unclaimed,
                               " of what an export does not claim"),
                  differences,
                  absl::StrCat(all.tamperings, " tamperings, ", all.undetected.size(),
                               " undetected, ", all.false_alarms.size(), " false alarms"),
                  runs, is_clean());
}

}  // namespace
}  // namespace cardvault::torture

int main(int argc, char** argv) {
  return cardvault::torture::TortureMain(
      argc, argv,
      {.name = "tools/torture audit",
       .description =
           "Lets a vault live through cards, payments, refusals, rotations of keys and kills, "
           "with\n"
           "its checkpoints kept outside; then tampers with its exports, with the files of its\n"
           "store and with its rows, and has what comes out verified, as well as what was left\n"
           "as it was: both verifiers, the check of the whole store, and starts of the server.",
       .footer = cardvault::torture::kFooter,
       .runs_help = "how many runs, each of a vault and some twenty tamperings",
       .break_help =
           "one part of the checks to leave out, to see that it is missed: anchor (nothing from\n"
           "outside is looked at), node (the entries of a store are not hashed)",
       .breakable = {cardvault::torture::kBreakAnchor, cardvault::torture::kBreakNode}},
      cardvault::torture::Run);
}
