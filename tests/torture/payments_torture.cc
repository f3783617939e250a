// Seeded runs of concurrent payments under kills, lost answers and bad notifications: see --help.

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "cardvault/v1/payment_service.pb.h"
#include "tests/torture/arena.h"
#include "tests/torture/finding.h"
#include "tests/torture/schedule.h"
#include "tests/torture/torture_run.h"

namespace cardvault::torture {
namespace {

constexpr char kBreakableDaemon[] = "server/cardvaultd_breakable";
constexpr char kBreakVariable[] = "CARDVAULT_BREAK";
// Runs spend much of their time waiting for time to pass; two at a time keep 16 threads.
constexpr int kLanes = 16 / kRunThreads;
// Then a fresh vault: its list of payments is read again and again.
constexpr int kRunsPerArena = 20;
constexpr int kMaxRuns = 100'000;
// What goes wrong once often goes wrong for many payments.
constexpr size_t kMaxShown = 5;

constexpr char kFooter[] =
    "The last line is `N runs, N payments, 0 posted twice, 0 lost, 0 wrong` and the exit code 0.\n"
    "With a difference the runs end; the seed and the first difference stand before that line, "
    "and\n"
    "the exit code is 1. A seed gives the same schedules again; how calls fall together in time "
    "is\n"
    "the machine's.\n\nExample:\n  tools/torture payments --runs 200 --seed 7\n";

std::atomic<bool> interrupted = false;

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
    if (begun_ == runs_ || !totals_.clean() || interrupted) return 0;
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
    Show(run, schedule, time);
  }

  void Show(int run, const Schedule& schedule, absl::Duration time) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (isatty(STDOUT_FILENO) == 0) {
      printf("run %d: %zu payments, %d kills, %.1f s\n", run, schedule.payments.size(),
             schedule.kills(), absl::ToDoubleSeconds(time));
    } else {
      constexpr int kBar = 30;
      const int done = totals_.runs * kBar / runs_;
      printf("\r[%s%s] %d/%d runs, %zu payments, %d kills\x1b[K", std::string(done, '#').c_str(),
             std::string(kBar - done, '.').c_str(), totals_.runs, runs_, totals_.payments,
             totals_.kills);
      if (totals_.runs == runs_ || !totals_.clean()) printf("\n");
    }
    fflush(stdout);
  }

  const uint64_t seed_;
  const int runs_;
  const std::string daemon_;
  mutable absl::Mutex mutex_;
  int begun_ ABSL_GUARDED_BY(mutex_) = 0;
  Totals totals_ ABSL_GUARDED_BY(mutex_);
};

int Run(uint64_t seed, int runs, const std::string& broken) {
  if (!broken.empty()) setenv(kBreakVariable, broken.c_str(), 1);
  printf("seed: %llu\n", static_cast<unsigned long long>(seed));  // NOLINT(runtime/int)
  fflush(stdout);
  Torture torture(seed, runs, broken.empty() ? testing::kDaemon : kBreakableDaemon);
  std::vector<std::thread> lanes;
  for (int i = 0; i < std::min(kLanes, runs); ++i) {
    lanes.emplace_back([&torture] { torture.Work(); });
  }
  for (std::thread& lane : lanes) lane.join();
  const Totals totals = torture.totals();
  printf("%d kills", totals.kills);
  for (const auto& [state, count] : totals.ended_as) {
    printf(", %d %s", count, v1::PaymentState_Name(state).c_str() + sizeof("PAYMENT_STATE"));
  }
  printf("\n");
  if (!totals.clean()) {
    for (const std::string& difference : totals.differences) {
      printf("seed %llu, %s\n", static_cast<unsigned long long>(seed),  // NOLINT(runtime/int)
             difference.c_str());
    }
  }
  printf("%d runs, %zu payments, %d posted twice, %d lost, %d wrong\n", totals.runs,
         totals.payments, totals.posted_twice, totals.lost, totals.wrong);
  return totals.clean() && totals.runs == runs ? 0 : 1;
}

}  // namespace
}  // namespace cardvault::torture

int main(int argc, char** argv) {
  CLI::App app(
      "Makes concurrent payments, retries and refunds through a server that is killed under them,\n"
      "to sandbox gateways that lose, delay and garble answers and notifications; waits until\n"
      "cardvault found out how each stands; compares its ledger with what the gateways booked.");
  app.name("tools/torture payments");
  app.footer(cardvault::torture::kFooter);
  int runs = 20;
  uint64_t seed = std::random_device()();
  std::string broken;
  app.add_option("--runs", runs, "how many runs, of 20 to 60 payments each (default 20)")
      ->check(CLI::Range(1, cardvault::torture::kMaxRuns));
  app.add_option("--seed", seed, "of the schedules (default: a new one, which is printed)");
  app.add_option("--break", broken,
                 "one protection to switch off in a server that is built for it, to see that it\n"
                 "is missed: guard (libcurl's second posting), intent (recorded before it is\n"
                 "sent), forward-only (states)")
      ->check(CLI::IsMember({"guard", "intent", "forward-only"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // The processes of an arena end with their objects: leave by the way of a run that is over.
  signal(SIGINT, [](int) { cardvault::torture::interrupted = true; });
  signal(SIGTERM, [](int) { cardvault::torture::interrupted = true; });
  return cardvault::torture::Run(seed, runs, broken);
}
