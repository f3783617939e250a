#include "tests/load/slow_upstream_bench.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/load/latencies.h"
#include "tests/load/process_usage.h"
#include "tests/load/timed_call.h"

namespace cardvault::testing {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

// docs/performance.md says where the target comes from.
constexpr double kP99RatioAtMost = 1.5;
constexpr absl::Duration kPoll = absl::Milliseconds(50);
constexpr absl::Duration kPollLong = absl::Seconds(60);

// Tokenize calls of one kind of time.
struct Times {
  Latencies calls;
  absl::Duration span;

  void AddAll(const Times& other) {
    calls.AddAll(other.calls);
    span += other.span;
  }
};

struct Round {
  Times alone;
  Times beside;   // from the first payment's start to the last one's end
  Times waiting;  // of those, while the gateway had every payment in hand
  int threads_before = 0;
  int threads_waiting = 0;
};

Times AllOf(const std::vector<TimedCall>& calls) {
  Times times;
  for (const TimedCall& call : calls) times.calls.Add(call.took());
  times.span = TookTogether(calls);
  return times;
}

// Those that began and ended within.
Times Within(const std::vector<TimedCall>& calls, TimePoint from, TimePoint to) {
  Times times;
  for (const TimedCall& call : calls) {
    if (call.begin >= from && call.end <= to) times.calls.Add(call.took());
  }
  times.span = absl::FromChrono(to - from);
  return times;
}

std::vector<BenchCell> RowOf(const std::string& payments, const Times& times) {
  if (times.calls.count() == 0) return {payments, 0.0, {}, {}, {}};
  const double count = static_cast<double>(times.calls.count());
  return {payments, count, count / absl::ToDoubleSeconds(times.span),
          times.calls.QuantileMicros(0.5), times.calls.QuantileMicros(0.99)};
}

// Of Tokenize beside payments to Tokenize alone, a pair of each round. A round that has no call of
// one of them has none.
class Ratios final {
 public:
  explicit Ratios(std::string name) : name_(std::move(name)) {}

  void Add(const Times& beside, const Times& alone) {
    if (beside.calls.count() == 0 || alone.calls.count() == 0) return;
    p50_.push_back(beside.calls.QuantileMicros(0.5) / alone.calls.QuantileMicros(0.5));
    p99_.push_back(beside.calls.QuantileMicros(0.99) / alone.calls.QuantileMicros(0.99));
  }

  const std::string& name() const { return name_; }
  std::vector<BenchCell> P50Row() const { return Row("p50", p50_); }
  std::vector<BenchCell> P99Row() const { return Row("p99", p99_); }

  // Not a number when no round has one, which meets no target.
  double p99_median() const {
    return p99_.empty() ? std::numeric_limits<double>::quiet_NaN() : Spread(p99_).median;
  }

 private:
  std::vector<BenchCell> Row(const std::string& what, const std::vector<double>& ratios) const {
    if (ratios.empty()) return {name_, what, {}, {}, {}};
    const Spread spread(ratios);
    return {name_, what, spread.median, spread.lowest, spread.highest};
  }

  const std::string name_;
  std::vector<double> p50_;
  std::vector<double> p99_;
};

class SlowUpstreamBench final {
 public:
  SlowUpstreamBench(const SlowUpstreamPlan& plan, PaymentRig& rig) : plan_(plan), rig_(rig) {}

  Round Run() {
    Round round;
    const absl::Time end = absl::Now() + plan_.alone;
    const std::vector<TimedCall> alone =
        rig_.Tokenize(plan_.tokenize_in_flight, [end](int) { return absl::Now() < end; });
    round.alone = AllOf(alone);

    const std::vector<LoadPayment> payments = NewPayments();
    round.threads_before = ThreadCount(rig_.server_pid());
    const int64_t posts_before = rig_.SlowPostCount();
    std::atomic<bool> paid = false;
    std::vector<TimedCall> paid_calls;
    std::thread payer([&] {
      paid_calls = rig_.Pay(payments, plan_.payments);
      paid = true;
    });
    TimePoint all_waiting = TimePoint::max();
    std::thread watcher([&] {
      const absl::Time give_up = absl::Now() + kPollLong;
      while (!paid && absl::Now() < give_up) {
        if (rig_.SlowPostCount() - posts_before >= plan_.payments) {
          all_waiting = std::chrono::steady_clock::now();
          round.threads_waiting = ThreadCount(rig_.server_pid());
          return;
        }
        absl::SleepFor(kPoll);
      }
    });
    const std::vector<TimedCall> beside =
        rig_.Tokenize(plan_.tokenize_in_flight, [&paid](int) { return !paid; });
    payer.join();
    watcher.join();

    round.beside = AllOf(beside);
    const auto first_back =
        std::min_element(paid_calls.begin(), paid_calls.end(),
                         [](const TimedCall& a, const TimedCall& b) { return a.end < b.end; });
    // Empty when the first payment was answered before the last one came.
    if (all_waiting < first_back->end) {
      round.waiting = Within(beside, all_waiting, first_back->end);
    }
    return round;
  }

 private:
  std::vector<LoadPayment> NewPayments() {
    const int of_each = plan_.payments / PaymentRig::kMerchants;
    std::vector<LoadPayment> payments;
    const int load = next_load_++;
    for (int merchant = 0; merchant < PaymentRig::kMerchants; ++merchant) {
      const std::vector<std::string> tokens = rig_.TokensWithCvv(merchant, of_each);
      for (int i = 0; i < of_each; ++i) {
        payments.push_back({merchant, PaymentRig::kSharedRoute, absl::StrCat("slow-", load, "-", i),
                            tokens[i], PaymentRig::kSlowAmount});
      }
    }
    return payments;
  }

  const SlowUpstreamPlan plan_;
  PaymentRig& rig_;
  int next_load_ = 0;
};

}  // namespace

void MeasureSlowUpstream(const SlowUpstreamPlan& plan, PaymentRig& rig, BenchReport& report) {
  SlowUpstreamBench bench(plan, rig);
  Round all;
  BenchTable threads{"slow_upstream_threads",
                     absl::StrCat("The server's threads with ", plan.payments,
                                  " payments in flight, and for how long all of them waited"),
                     {{"round", 0}, {"before", 0}, {"waiting", 0}, {"waited_s", 1}},
                     {}};
  Ratios waiting("all waiting");
  Ratios beside("from first to last");
  for (int i = 1; i <= plan.rounds; ++i) {
    const Round round = bench.Run();
    all.alone.AddAll(round.alone);
    all.beside.AddAll(round.beside);
    all.waiting.AddAll(round.waiting);
    beside.Add(round.beside, round.alone);
    waiting.Add(round.waiting, round.alone);
    threads.rows.push_back({double(i), double(round.threads_before), double(round.threads_waiting),
                            absl::ToDoubleSeconds(round.waiting.span)});
  }
  report.AddTable({"slow_upstream_tokenize",
                   absl::StrCat("Tokenize of new cards, ", plan.tokenize_in_flight,
                                " in flight, alone and beside the payments"),
                   {{"payments", 0}, {"calls", 0}, {"rate", 0}, {"p50_us", 0}, {"p99_us", 0}},
                   {RowOf("none", all.alone), RowOf(waiting.name(), all.waiting),
                    RowOf(beside.name(), all.beside)}});
  report.AddTable({"slow_upstream_ratio",
                   absl::StrCat("Tokenize beside the payments to alone, over ", plan.rounds,
                                " rounds of each by turns"),
                   {{"payments", 0}, {"ratio_of", 0}, {"median", 2}, {"lowest", 2}, {"highest", 2}},
                   {waiting.P50Row(), waiting.P99Row(), beside.P50Row(), beside.P99Row()}});
  report.AddTable(std::move(threads));
  report.AddTarget(
      {absl::StrCat("Tokenize's p99 with ", plan.payments, " payments waiting, to its p99 alone"),
       waiting.p99_median(), 2, "", kP99RatioAtMost});
}

}  // namespace cardvault::testing
