// What tools/bench runs: its first argument is the part to be measured.

#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/lock_checks.h"
#include "base/log.h"
#include "base/process_hardening.h"
#include "tests/load/audit_cost_bench.h"
#include "tests/load/audit_proof_bench.h"
#include "tests/load/audit_verify_bench.h"
#include "tests/load/bench_report.h"
#include "tests/load/own_cost_bench.h"
#include "tests/load/payment_rig.h"
#include "tests/load/reencryption_bench.h"
#include "tests/load/reencryption_rig.h"
#include "tests/load/rotation_bench.h"
#include "tests/load/slow_upstream_bench.h"
#include "tests/load/sync_time.h"
#include "tests/load/token_rig.h"
#include "tests/load/unseal_bench.h"
#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cardvault::testing {
namespace {

constexpr int kExitBelow = 1;
constexpr int kExitUsage = 2;

struct Flags {
  bool is_quick = false;
  bool is_smoke = false;
  bool is_strict = false;
  std::string json;
};

struct ForwarderPlan {
  OwnCostPlan own_cost;
  SlowUpstreamPlan slow_upstream;
  int slow_millis = 0;
};

// The whole one takes some two minutes on two calm cores. A slower gateway than 5 s shows nothing
// more; a quicker one answers the first of 1,000 payments before the last has come.
ForwarderPlan PlanOf(const Flags& flags) {
  if (flags.is_smoke) {
    return {{1, {{1, 2}, {4, 8}}}, {1, 8, 2, absl::Milliseconds(50)}, 500};
  }
  if (flags.is_quick) {
    return {{3, {{1, 100}, {8, 300}, {64, 600}}}, {1, 1000, 8, absl::Seconds(3)}, 5000};
  }
  return {{7, {{1, 300}, {8, 800}, {64, 1600}}}, {5, 1000, 8, absl::Seconds(4)}, 5000};
}

std::string LoadAverage() {
  double of_minute[1] = {0};
  return getloadavg(of_minute, 1) == 1 ? absl::StrFormat("%.1f", of_minute[0]) : "not known";
}

// Half a minute for each round of 200,000 cards.
ReencryptionPlan KeysPlanOf(const Flags& flags) {
  if (flags.is_smoke) return {.cards = 600, .rounds = 1};
  if (flags.is_quick) return {.cards = 100'000, .rounds = 3};
  return {.cards = 200'000, .rounds = 7};
}

// The job moves 5,000 rows a second and must outlast two phases.
RotationPlan RotationPlanOf(const Flags& flags) {
  RotationPlan plan{.rounds = 5,
                    .in_flight = 8,
                    .phase = absl::Seconds(4),
                    .cards = 60'000,
                    .key_versions = 1000,
                    .restarts = 5};
  if (flags.is_quick) {
    plan.rounds = 2;
    plan.restarts = 3;
  }
  if (flags.is_smoke) {
    plan = {.rounds = 1,
            .in_flight = 2,
            .phase = absl::Milliseconds(20),
            .cards = 4000,
            .key_versions = 30,
            .restarts = 1};
  }
  return plan;
}

void AddBuildFact(BenchReport& report) {
#ifdef __OPTIMIZE__
  report.AddFact("build", "optimised");
#else
  report.AddFact("build", "not optimised: no figure means anything");
#endif
}

BenchReport MeasureKeys(const Flags& flags) {
  const ReencryptionPlan plan = KeysPlanOf(flags);
  BenchReport report("keys");
  report.AddFact("sync", "on");
  report.AddFact("audit", "on");
  AddBuildFact(report);
  report.AddFact("allocator", "freed memory is overwritten, no thread caches: as the server's");
  report.AddFact("processors", absl::StrCat(std::thread::hardware_concurrency()));
  report.AddFact("load_average_before", LoadAverage());
  ReencryptionRig rig(plan.cards);
  report.AddFact("one_sync_of_the_disk",
                 absl::StrFormat("%.0f us", absl::ToDoubleMicroseconds(SyncTime(rig.directory()))));
  MeasureReencryption(plan, rig, report);
  MeasureUnseal(flags.is_smoke ? UnsealPlan{.versions = 40, .rounds = 1}
                               : UnsealPlan{.versions = 1000, .rounds = 9},
                rig.directory(), report);
  TokenRig tokens;
  MeasureRotation(RotationPlanOf(flags), tokens, report);
  report.AddFact("load_average_after", LoadAverage());
  return report;
}

struct AuditPlan {
  AuditVerifyPlan verify;
  AuditProofPlan proofs;
  AuditCostPlan cost;
};

AuditPlan AuditPlanOf(const Flags& flags) {
  if (flags.is_smoke) return {{3000, 1}, {{1000, 2000}, 10}, {1, 2, absl::Milliseconds(50)}};
  if (flags.is_quick) {
    return {{300'000, 5}, {{250'000, 1'000'000}, 1000}, {4, 64, absl::Seconds(2)}};
  }
  return {{1'000'000, 7},
          {{1'000'000, 2'000'000, 5'000'000, 10'000'000}, 2000},
          {10, 64, absl::Seconds(4)}};
}

BenchReport MeasureAudit(const Flags& flags) {
  const AuditPlan plan = AuditPlanOf(flags);
  BenchReport report("audit");
  report.AddFact("mutual_tls", "on, but for export and proofs: they need no server");
  report.AddFact("sync", "on");
  AddBuildFact(report);
  report.AddFact("processors", absl::StrCat(std::thread::hardware_concurrency()));
  report.AddFact("load_average_before", LoadAverage());
  const TempDir directory;
  report.AddFact(
      "one_sync_of_the_disk",
      absl::StrFormat("%.0f us", absl::ToDoubleMicroseconds(SyncTime(directory.path()))));
  MeasureAuditVerify(plan.verify, directory.path(), report);
  MeasureAuditProofs(plan.proofs, directory.path(), report);
  MeasureAuditCost(plan.cost, report);
  report.AddFact("load_average_after", LoadAverage());
  return report;
}

BenchReport MeasureForwarder(const Flags& flags) {
  const ForwarderPlan plan = PlanOf(flags);
  BenchReport report("forwarder");
  report.AddFact("mutual_tls", "on");
  report.AddFact("sync", "on");
  report.AddFact("audit", "on");
  AddBuildFact(report);
  report.AddFact("processes", "server, gateway and client on one machine");
  report.AddFact("processors", absl::StrCat(std::thread::hardware_concurrency()));
  report.AddFact("load_average_before", LoadAverage());
  PaymentRig rig(plan.slow_millis);
  report.AddFact("one_sync_of_the_disk",
                 absl::StrFormat("%.0f us", absl::ToDoubleMicroseconds(SyncTime(rig.directory()))));
  MeasureOwnCost(plan.own_cost, rig, report);
  MeasureSlowUpstream(plan.slow_upstream, rig, report);
  report.AddFact("load_average_after", LoadAverage());
  return report;
}

}  // namespace
}  // namespace cardvault::testing

int main(int argc, char** argv) {
  using namespace cardvault::testing;
  cardvault::DropLockChecks();
  CLI::App app("Measures cardvault; tools/bench --help says more.", "bench");
  Flags flags;
  app.require_subcommand(1);
  app.fallthrough();
  app.add_subcommand("forwarder", "PayIn, and Tokenize beside payments that wait");
  const CLI::App* const keys = app.add_subcommand("keys", "Re-encryption under the next key");
  const CLI::App* const audit =
      app.add_subcommand("audit", "Verifying, proofs, what the log costs");
  app.add_flag("--quick", flags.is_quick, "Fewer rounds");
  app.add_flag("--smoke", flags.is_smoke, "A handful of calls: shows only that it runs");
  app.add_flag("--strict", flags.is_strict, "Exit with 1 when a figure is below its target");
  app.add_option("--json", flags.json, "File for the figures as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (keys->parsed()) {
    // The cards stand in this process, so it is made as the server is, and measures the same.
    CV_CHECK(cardvault::HardenProcess(argv).ok());
    SetLogLevel(cardvault::LogLevel::kWarning);  // a thousand keys are made
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  const BenchReport report = keys->parsed()    ? MeasureKeys(flags)
                             : audit->parsed() ? MeasureAudit(flags)
                                               : MeasureForwarder(flags);
  fputs(report.Text().c_str(), stdout);
  if (!flags.json.empty()) WriteWholeFile(flags.json, report.Json(), 0644);
  return flags.is_strict && !report.all_met() ? kExitBelow : 0;
}
