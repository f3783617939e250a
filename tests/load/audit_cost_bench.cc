#include "tests/load/audit_cost_bench.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "tests/load/latencies.h"
#include "tests/load/process_usage.h"
#include "tests/load/timed_call.h"
#include "tests/load/token_rig.h"

namespace cardvault::testing {
namespace {

// One build for both.
constexpr char kBreakableDaemon[] = "server/cardvaultd_breakable";

constexpr double kCostAtMost = 1.10;

struct Times {
  size_t calls = 0;
  absl::Duration span;
  absl::Duration processor;

  double rate() const { return static_cast<double>(calls) / absl::ToDoubleSeconds(span); }
  double processor_micros() const {
    return absl::ToDoubleMicroseconds(processor) / static_cast<double>(calls);
  }
};

Times Run(const AuditCostPlan& plan, TokenRig& rig) {
  const absl::Duration before = ProcessorTime(rig.server_pid());
  const absl::Time end = absl::Now() + plan.phase;
  const std::vector<TimedCall> calls =
      rig.Tokenize(plan.in_flight, [end](int) { return absl::Now() < end; });
  CV_CHECK(!calls.empty());
  return {calls.size(), TookTogether(calls), ProcessorTime(rig.server_pid()) - before};
}

void Add(const Times& more, Times& all) {
  all.calls += more.calls;
  all.span += more.span;
  all.processor += more.processor;
}

std::vector<BenchCell> RowOf(const char* log, const Times& times) {
  return {std::string(log), static_cast<double>(times.calls), times.rate(),
          times.processor_micros()};
}

std::vector<BenchCell> RatioRow(const char* of, const Spread& spread) {
  return {std::string(of), spread.median, spread.lowest, spread.highest};
}

}  // namespace

void MeasureAuditCost(const AuditCostPlan& plan, BenchReport& report) {
  TokenRig with(kBreakableDaemon, "");
  TokenRig without(kBreakableDaemon, "audit-log");
  Times all_with;
  Times all_without;
  std::vector<double> time_ratios;
  std::vector<double> processor_ratios;
  for (int round = 0; round < plan.rounds; ++round) {
    // Which one goes first changes: the machine's speed drifts.
    Times times[2];
    for (int turn = 0; turn < 2; ++turn) {
      const int which = (turn + round) % 2;
      times[which] = Run(plan, which == 0 ? with : without);
    }
    Add(times[0], all_with);
    Add(times[1], all_without);
    time_ratios.push_back(times[1].rate() / times[0].rate());
    processor_ratios.push_back(times[0].processor_micros() / times[1].processor_micros());
  }
  report.AddTable({"audit_cost",
                   absl::StrCat("Tokenize of new cards, ", plan.in_flight,
                                " in flight, with the audit log and without"),
                   {{"log", 0}, {"calls", 0}, {"rate", 0}, {"cpu_us", 1}},
                   {RowOf("on", all_with), RowOf("none", all_without)}});
  const Spread time(time_ratios);
  report.AddTable({"audit_cost_ratio",
                   absl::StrCat("With the log to without, over ", plan.rounds, " rounds by turns"),
                   {{"of", 0}, {"median", 2}, {"lowest", 2}, {"highest", 2}},
                   {RatioRow("time", time), RatioRow("cpu", Spread(processor_ratios))}});
  report.AddTarget(
      {"Tokenize with the audit log, its time to that without", time.median, 2, "", kCostAtMost});
}

}  // namespace cardvault::testing
