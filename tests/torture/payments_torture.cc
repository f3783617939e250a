// Seeded runs of concurrent payments under kills, lost answers and bad notifications: see --help.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "cardvault/v1/payment_service.pb.h"
#include "tests/torture/arena.h"
#include "tests/torture/finding.h"
#include "tests/torture/schedule.h"
#include "tests/torture/torture_main.h"
#include "tests/torture/torture_run.h"

namespace cardvault::torture {
namespace {

// Runs spend much of their time waiting for time to pass; two at a time keep 16 threads.
constexpr int kLanes = 16 / kRunThreads;
// Then a fresh vault: its list of payments is read again and again.
constexpr int kRunsPerArena = 20;

constexpr char kFooter[] =
    "The last line is `N runs, N payments, 0 posted twice, 0 lost, 0 wrong` and the exit code 0.\n"
    "With a difference the runs end; the seed and the first difference stand before that line, "
    "and\n"
    "the exit code is 1. A seed gives the same schedules again; how calls fall together in time "
    "is\n"
    "the machine's.\n\nExample:\n  tools/torture payments --runs 200 --seed 7\n";

struct Totals {
  int runs = 0;
  size_t payments = 0;
  int kills = 0;
  std::map<v1::PaymentState, int> ended_as;
  int posted_twice = 0;
  int lost = 0;
  int wrong = 0;
  std::vector<std::string> differences;  // the first ones of one run

  bool clean() const { return posted_twice + lost + wrong == 0; }
};

// All runs, and what is shown of them. Thread-safe.
class Torture final {
 public:
  Torture(uint64_t seed, int runs, std::string daemon)
      : seed_(seed), runs_(runs), daemon_(std::move(daemon)) {}

  // Until all runs were made, one of them found something, or somebody interrupts.
  void Work() {
    std::unique_ptr<Arena> arena;
    for (int made = 0;; ++made) {
      const int run = Next();
      if (run == 0) return;
      if (made % kRunsPerArena == 0) {
        arena.reset();
        arena = std::make_unique<Arena>(daemon_);
      }
      const absl::Time begin = absl::Now();
      const Schedule schedule = MakeSchedule(seed_, run);
      const RunResult result = PlaySchedule(schedule, *arena);
      Count(run, schedule, result, absl::Now() - begin);
    }
  }

  Totals totals() const {
    absl::MutexLock lock(&mutex_);
    return totals_;
  }

 private:
  // The number of the next run, from 1; 0: there is none.
  int Next() {
    absl::MutexLock lock(&mutex_);
    if (begun_ == runs_ || !totals_.clean() || IsInterrupted()) return 0;
    return ++begun_;
  }

  void Count(int run, const Schedule& schedule, const RunResult& result, absl::Duration time) {
    absl::MutexLock lock(&mutex_);
    ++totals_.runs;
    totals_.payments += schedule.payments.size();
    totals_.kills += schedule.kills();
    for (const auto& [state, count] : result.ended_as) totals_.ended_as[state] += count;
    for (const Finding& finding : result.findings) {
      switch (finding.kind) {
        case Finding::Kind::kPostedTwice:
          ++totals_.posted_twice;
          break;
        case Finding::Kind::kLost:
          ++totals_.lost;
          break;
        case Finding::Kind::kWrong:
          ++totals_.wrong;
          break;
      }
    }
    if (!result.findings.empty() && totals_.differences.empty()) {
      for (const Finding& finding : result.findings) {
        if (totals_.differences.size() == kMaxShown) break;
        totals_.differences.push_back(absl::StrCat("run ", run, ": ", finding.text));
      }
    }
    ShowRun(run, absl::StrCat(schedule.payments.size(), " payments, ", schedule.kills(), " kills"),
            time, totals_.runs, runs_, totals_.clean(),
            absl::StrCat(totals_.payments, " payments, ", totals_.kills, " kills"));
  }

  const uint64_t seed_;
  const int runs_;
  const std::string daemon_;
  mutable absl::Mutex mutex_;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  Totals totals_ ABSL_GUARDED_BY(mutex_);
};

int Run(const TortureArguments& arguments) {
  Torture torture(arguments.seed, arguments.runs, DaemonFor(arguments.broken));
  std::vector<std::thread> lanes;
  for (int i = 0; i < std::min(kLanes, arguments.runs); ++i) {
    lanes.emplace_back([&torture] { torture.Work(); });
  }
  for (std::thread& lane : lanes) lane.join();
  const Totals totals = torture.totals();
  std::string done = absl::StrCat(totals.kills, " kills");
  for (const auto& [state, count] : totals.ended_as) {
    absl::StrAppend(&done, ", ", count, " ",
                    v1::PaymentState_Name(state).c_str() + sizeof("PAYMENT_STATE"));
  }
  return Conclude(arguments, done, totals.differences,
                  absl::StrCat(totals.payments, " payments, ", totals.posted_twice,
                               " posted twice, ", totals.lost, " lost, ", totals.wrong, " wrong"),
                  totals.runs, totals.clean());
}

}  // namespace
}  // namespace cardvault::torture

int main(int argc, char** argv) {
  return cardvault::torture::TortureMain(
      argc, argv,
      {.name = "tools/torture payments",
       .description =
           "Makes concurrent payments, retries and refunds through a server that is killed under "
           "them,\n"
           "to sandbox gateways that lose, delay and garble answers and notifications; waits "
           "until\n"
           "cardvault found out how each stands; compares its ledger with what the gateways "
           "booked.",
       .footer = cardvault::torture::kFooter,
       .runs_help = "how many runs, of 20 to 60 payments each",
       .break_help =
           "one protection to switch off in a server that is built for it, to see that it\n"
           "is missed: guard (libcurl's second posting), intent (recorded before it is\n"
           "sent), forward-only (states)",
       .breakable = {"guard", "intent", "forward-only"}},
      cardvault::torture::Run);
}
