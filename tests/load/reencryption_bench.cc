#include "tests/load/reencryption_bench.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "keys/key_purpose.h"
#include "tests/load/latencies.h"

namespace cardvault::testing {
namespace {

// 100,000 records a second of one processor.
constexpr double kProcessorMicrosAtMost = 10;

MovedRows Together(const std::vector<MovedRows>& rounds) {
  MovedRows all;
  for (const MovedRows& round : rounds) {
    all.rows += round.rows;
    all.took += round.took;
    all.processor += round.processor;
  }
  return all;
}

std::vector<BenchCell> RowOf(absl::string_view purpose, const char* what, const MovedRows& moved) {
  return {std::string(purpose.data(), purpose.size()), std::string(what), double(moved.rows),
          moved.rate(), moved.processor_micros()};
}

}  // namespace

void MeasureReencryption(const ReencryptionPlan& plan, ReencryptionRig& rig, BenchReport& report) {
  BenchTable figures{"reencryption",
                     "Moving rows to the next key, one batch after the other, as fast as it goes.\n"
                     "bare: the same fields opened and sealed by OpenSSL alone, rows of the same "
                     "sizes written by RocksDB alone.\n"
                     "cpu: of the whole process, RocksDB's flushes too.",
                     {{"key", 0}, {"what", 0}, {"rows", 0}, {"rate", 0}, {"cpu_us", 2}},
                     {}};
  BenchTable ratios{"reencryption_ratio",
                    absl::StrCat("Bare processor time to that of re-encryption, over ", plan.rounds,
                                 " rounds of each by turns"),
                    {{"key", 0}, {"median", 2}, {"lowest", 2}, {"highest", 2}},
                    {}};
  for (const KeyPurpose purpose :
       {KeyPurpose::kPan, KeyPurpose::kProfile, KeyPurpose::kFingerprint}) {
    const bool has_ceiling = purpose != KeyPurpose::kFingerprint;
    std::vector<MovedRows> moved;
    std::vector<MovedRows> bare;
    for (int i = 0; i < plan.rounds; ++i) {
      if (has_ceiling && i % 2 == 0) bare.push_back(rig.Ceiling(purpose));
      moved.push_back(rig.Reencrypt(purpose));
      if (has_ceiling && i % 2 == 1) bare.push_back(rig.Ceiling(purpose));
    }
    const absl::string_view name = PurposeName(purpose);
    const MovedRows all = Together(moved);
    if (has_ceiling) {
      figures.rows.push_back(RowOf(name, "bare", Together(bare)));
      std::vector<double> of_rounds;
      for (size_t i = 0; i < moved.size(); ++i) {
        of_rounds.push_back(bare[i].processor_micros() / moved[i].processor_micros());
      }
      const Spread spread(std::move(of_rounds));
      ratios.rows.push_back(
          {std::string(name.data(), name.size()), spread.median, spread.lowest, spread.highest});
    }
    figures.rows.push_back(RowOf(name, "re-encryption", all));
    if (purpose == KeyPurpose::kPan) {
      report.AddTarget({"Re-encryption, processor time for each card number",
                        all.processor_micros(), 2, "us", kProcessorMicrosAtMost});
    }
  }
  report.AddTable(std::move(figures));
  report.AddTable(std::move(ratios));
}

}  // namespace cardvault::testing
