#include "tests/load/own_cost_bench.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "tests/load/latencies.h"
#include "tests/load/plain_post.h"
#include "tests/load/plain_poster.h"
#include "tests/load/process_usage.h"
#include "tests/load/timed_call.h"

namespace cardvault::testing {
namespace {

// docs/performance.md says where the targets come from.
constexpr double kProcessorMicrosAtMost = 200;
constexpr char kApproved[] = "\"success\"";  // the gateway's word

// One round, or all rounds of a load together.
struct Round {
  Latencies answer;
  Latencies own;
  absl::Duration took;
  absl::Duration processor;

  double rate() const { return static_cast<double>(answer.count()) / absl::ToDoubleSeconds(took); }
  double processor_micros() const {
    return absl::ToDoubleMicroseconds(processor) / static_cast<double>(answer.count());
  }
};

// Both senders at one concurrency.
class Level final {
 public:
  Level(const OwnCostLoad& load, PaymentRig& rig)
      : load_(load), rig_(rig), poster_(load.in_flight, rig.ca_file()) {
    // Both open their connections before anything is timed.
    PlainRound(load_.in_flight);
    PayInRound(load_.in_flight);
  }

  void Measure(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      // Each goes first as often as the other: a machine that gets busier favours none.
      if (i % 2 == 0) plain_.push_back(PlainRound(load_.payments));
      pay_in_.push_back(PayInRound(load_.payments));
      if (i % 2 == 1) plain_.push_back(PlainRound(load_.payments));
    }
  }

  void AddTo(BenchTable& figures, BenchTable& ratios, BenchReport& report) const {
    const Round plain = Together(plain_);
    const Round pay_in = Together(pay_in_);
    figures.rows.push_back(RowOf("plain post", plain));
    figures.rows.push_back(RowOf("PayIn", pay_in));
    const auto add = [&](const char* what, double (*figure)(const Round&)) {
      std::vector<double> of_rounds;
      for (size_t i = 0; i < plain_.size(); ++i) {
        // A gateway so quick that nothing is left of a microsecond is no divisor.
        of_rounds.push_back(figure(pay_in_[i]) / std::max(figure(plain_[i]), 1.0));
      }
      const Spread spread(std::move(of_rounds));
      ratios.rows.push_back({double(load_.in_flight), std::string(what), spread.median,
                             spread.lowest, spread.highest});
    };
    add("rate", [](const Round& round) { return round.rate(); });
    add("own p50", [](const Round& round) { return round.own.QuantileMicros(0.5); });
    add("own p99", [](const Round& round) { return round.own.QuantileMicros(0.99); });
    report.AddTarget({absl::StrCat("PayIn, the server's processor time for each, ", load_.in_flight,
                                   " in flight"),
                      pay_in.processor_micros(), 0, "us", kProcessorMicrosAtMost});
  }

 private:
  static Round Together(const std::vector<Round>& rounds) {
    Round all;
    for (const Round& round : rounds) {
      all.answer.AddAll(round.answer);
      all.own.AddAll(round.own);
      all.took += round.took;
      all.processor += round.processor;
    }
    return all;
  }

  std::vector<BenchCell> RowOf(const char* what, const Round& round) const {
    return {double(load_.in_flight),
            std::string(what),
            double(round.answer.count()),
            round.rate(),
            round.answer.QuantileMicros(0.5),
            round.answer.QuantileMicros(0.99),
            round.answer.QuantileMicros(0.999),
            round.own.QuantileMicros(0.5),
            round.own.QuantileMicros(0.99),
            round.own.QuantileMicros(0.999),
            round.processor_micros()};
  }

  // Order ids of a round begin with it, and none is used twice.
  std::string NewPrefix(const char* sender) {
    return absl::StrCat(sender, "-", load_.in_flight, "-", next_round_++, "-");
  }

  Round PlainRound(int count) {
    const std::string prefix = NewPrefix("plain");
    const PlainPostMaker maker = rig_.PlainPosts(rig_.TokensWithCvv(0, 1).front());
    std::vector<PlainPost> posts;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back(absl::StrCat(prefix, i));
      posts.push_back(maker.Make(ids.back()));
    }
    const absl::Duration before = ProcessorTime(getpid());
    const std::vector<TimedCall> calls = poster_.PostAll(posts, kApproved);
    return RoundOf(calls, ProcessorTime(getpid()) - before, prefix, ids);
  }

  Round PayInRound(int count) {
    const std::string prefix = NewPrefix("payin");
    const std::vector<std::string> tokens = rig_.TokensWithCvv(0, count);
    std::vector<LoadPayment> payments;
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back(absl::StrCat(prefix, i));
      payments.push_back({0, PaymentRig::kRoute, ids.back(), tokens[i], PaymentRig::kAmount});
    }
    const absl::Duration before = ProcessorTime(rig_.server_pid());
    const std::vector<TimedCall> calls = rig_.Pay(payments, load_.in_flight);
    return RoundOf(calls, ProcessorTime(rig_.server_pid()) - before, prefix, ids);
  }

  Round RoundOf(const std::vector<TimedCall>& calls, absl::Duration processor,
                const std::string& prefix, const std::vector<std::string>& ids) const {
    const std::map<std::string, absl::Duration> handling = rig_.HandlingTimes(prefix, ids.size());
    Round round;
    round.took = TookTogether(calls);
    round.processor = processor;
    for (const TimedCall& call : calls) {
      const auto in_hand = handling.find(ids[call.index]);
      CV_CHECK(in_hand != handling.end());
      round.answer.Add(call.took());
      round.own.Add(call.took() - in_hand->second);
    }
    return round;
  }

  const OwnCostLoad load_;
  PaymentRig& rig_;
  PlainPoster poster_;
  int next_round_ = 0;
  std::vector<Round> plain_;
  std::vector<Round> pay_in_;
};

}  // namespace

void MeasureOwnCost(const OwnCostPlan& plan, PaymentRig& rig, BenchReport& report) {
  BenchTable figures{
      "own_cost",
      "PayIn beside a plain libcurl post of the same body over a kept TLS connection.\n"
      "own: the answer's time less the time for which the gateway had the request in hand.\n"
      "cpu: of the server for a PayIn, of the posting process for a plain post.",
      {{"in_flight", 0},
       {"sender", 0},
       {"calls", 0},
       {"rate", 0},
       {"p50_us", 0},
       {"p99_us", 0},
       {"p999_us", 0},
       {"own_p50_us", 0},
       {"own_p99_us", 0},
       {"own_p999_us", 0},
       {"cpu_us", 0}},
      {}};
  BenchTable ratios{
      "own_cost_ratio",
      absl::StrCat("PayIn to plain post, over ", plan.rounds, " rounds of each by turns"),
      {{"in_flight", 0}, {"ratio_of", 0}, {"median", 2}, {"lowest", 2}, {"highest", 2}},
      {}};
  for (const OwnCostLoad& load : plan.loads) {
    Level level(load, rig);
    level.Measure(plan.rounds);
    level.AddTo(figures, ratios, report);
  }
  report.AddTable(std::move(figures));
  report.AddTable(std::move(ratios));
}

}  // namespace cardvault::testing
