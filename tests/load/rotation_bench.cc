#include "tests/load/rotation_bench.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "tests/load/latencies.h"
#include "tests/load/timed_call.h"

namespace cardvault::testing {
namespace {

// docs/performance.md says where the targets come from.
constexpr double kP99RatioAtMost = 1.5;
constexpr double kStartMillisAtMost = 1000;
// To get the cards in.
constexpr int kPreparing = 64;

struct Times {
  Latencies calls;
  absl::Duration span;

  void AddAll(const std::vector<TimedCall>& more) {
    for (const TimedCall& call : more) calls.Add(call.took());
    span += TookTogether(more);
  }
};

// One kind of call, alone and beside the job.
class Pair final {
 public:
  using Load = std::function<std::vector<TimedCall>(const std::function<bool(int)>& more)>;

  Pair(std::string name, Load load) : name_(std::move(name)), load_(std::move(load)) {}

  void RunAlone(absl::Duration phase) { Run(phase, alone_, alone_p99_); }
  void RunBeside(absl::Duration phase) { Run(phase, beside_, beside_p99_); }

  void AddRows(BenchTable& table) const {
    table.rows.push_back(RowOf("no", alone_));
    table.rows.push_back(RowOf("under way", beside_));
  }

  Spread Ratios() const {
    std::vector<double> ratios;
    for (size_t i = 0; i < alone_p99_.size(); ++i) ratios.push_back(beside_p99_[i] / alone_p99_[i]);
    return Spread(ratios);
  }

  const std::string& name() const { return name_; }

 private:
  void Run(absl::Duration phase, Times& times, std::vector<double>& p99) const {
    const absl::Time end = absl::Now() + phase;
    Times of_round;
    const std::vector<TimedCall> calls = load_([end](int) { return absl::Now() < end; });
    CV_CHECK(!calls.empty());
    of_round.AddAll(calls);
    times.AddAll(calls);
    p99.push_back(of_round.calls.QuantileMicros(0.99));
  }

  std::vector<BenchCell> RowOf(const char* job, const Times& times) const {
    const double count = static_cast<double>(times.calls.count());
    return {name_,
            std::string(job),
            count,
            count / absl::ToDoubleSeconds(times.span),
            times.calls.QuantileMicros(0.5),
            times.calls.QuantileMicros(0.99)};
  }

  const std::string name_;
  const Load load_;
  Times alone_;
  Times beside_;
  std::vector<double> alone_p99_;  // of each round, in microseconds
  std::vector<double> beside_p99_;
};

void MeasureTraffic(const RotationPlan& plan, TokenRig& rig, BenchReport& report) {
  rig.Tokenize(kPreparing, [&plan](int index) { return index < plan.cards; });
  Pair pairs[] = {
      Pair("Tokenize", [&](const auto& more) { return rig.Tokenize(plan.in_flight, more); }),
      Pair("GetToken", [&](const auto& more) { return rig.Get(plan.in_flight, more); })};
  for (int round = 0; round < plan.rounds; ++round) {
    for (Pair& pair : pairs) pair.RunAlone(plan.phase);
    rig.StartReencryption();
    for (Pair& pair : pairs) pair.RunBeside(plan.phase);
    CV_CHECK(rig.IsReencrypting());  // else what was measured beside it was not beside it
    while (rig.IsReencrypting()) absl::SleepFor(absl::Milliseconds(100));
  }

  BenchTable times{
      "rotation",
      absl::StrCat("Calls, ", plan.in_flight,
                   " in flight, alone and beside the re-encryption of card numbers "
                   "at the server's own pace"),
      {{"call", 0}, {"job", 0}, {"calls", 0}, {"rate", 0}, {"p50_us", 0}, {"p99_us", 0}},
      {}};
  BenchTable ratios{"rotation_ratio",
                    absl::StrCat("p99 beside the job to p99 alone, over ", plan.rounds,
                                 " rounds of each by turns"),
                    {{"call", 0}, {"median", 2}, {"lowest", 2}, {"highest", 2}},
                    {}};
  for (const Pair& pair : pairs) {
    pair.AddRows(times);
    const Spread spread = pair.Ratios();
    ratios.rows.push_back({pair.name(), spread.median, spread.lowest, spread.highest});
    report.AddTarget({absl::StrCat(pair.name(), "'s p99 beside re-encryption, to its p99 alone"),
                      spread.median, 2, "", kP99RatioAtMost});
  }
  report.AddTable(std::move(times));
  report.AddTable(std::move(ratios));
}

Spread StartMillis(int restarts, TokenRig& rig) {
  std::vector<double> millis;
  for (int i = 0; i < restarts; ++i) millis.push_back(absl::ToDoubleMilliseconds(rig.Restart()));
  return Spread(millis);
}

void MeasureStart(const RotationPlan& plan, TokenRig& rig, BenchReport& report) {
  BenchTable starts{"start",
                    "A start after an end in good order, until the server serves, of a vault with "
                    "the cards above",
                    {{"key_versions", 0}, {"median_ms", 0}, {"highest_ms", 0}},
                    {}};
  const auto add = [&](const Spread& millis) {
    starts.rows.push_back({static_cast<double>(rig.KeyVersions()), millis.median, millis.highest});
  };
  add(StartMillis(plan.restarts, rig));
  rig.MakeKeyVersions(plan.key_versions);
  const Spread many = StartMillis(plan.restarts, rig);
  add(many);
  report.AddTable(std::move(starts));
  report.AddTarget({absl::StrCat("Start with ", plan.key_versions, " key versions"), many.median, 0,
                    "ms", kStartMillisAtMost});
}

}  // namespace

void MeasureRotation(const RotationPlan& plan, TokenRig& rig, BenchReport& report) {
  MeasureTraffic(plan, rig, report);
  MeasureStart(plan, rig, report);
}

}  // namespace cardvault::testing
