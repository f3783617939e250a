#include "tests/load/audit_verify_bench.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "audit/compact_range.h"
#include "audit/note_key.h"
#include "audit/testing/memory_log.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "audit/verifier/export_verifier.h"
#include "base/check.h"
#include "tests/load/latencies.h"
#include "tests/testing/child_process.h"

namespace cardvault::testing {
namespace {

// 500,000 entries a second.
constexpr double kMicrosAtMost = 2;

// An export of a log of the plan's size, and what verifies it.
struct Given {
  VerifyRequest request;
  std::vector<std::string> entries;  // as the log has them
  TreeHash root = {};
};

Given MakeExport(uint64_t count, const std::string& path) {
  MemoryLog log;
  log.AddSome(count);
  Given given;
  WriteWholeFile(path, log.ExportRange(0, count, count));
  given.request.files = {path};
  given.request.keys = {*NoteKey::Parse(log.Key())};
  given.entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) given.entries.push_back(EncodeEntry(log.entry(i)));
  given.root = log.RootAt(count);
  return given;
}

double VerifyMicros(const Given& given) {
  const absl::Time begin = absl::Now();
  const Verdict verdict = VerifyExports(given.request);
  const absl::Duration took = absl::Now() - begin;
  // Without an outside checkpoint what would come later is not excluded, which is no fault.
  CV_CHECK(verdict.word == VerdictWord::kIntactUnanchored);
  return absl::ToDoubleMicroseconds(took) / static_cast<double>(given.entries.size());
}

double HashMicros(const Given& given) {
  const absl::Time begin = absl::Now();
  CompactRange tree;
  for (const std::string& entry : given.entries) {
    tree.Append(LeafHash(entry), [](const NodeId&, const TreeHash&) {});
  }
  CV_CHECK(tree.Root() == given.root);
  return absl::ToDoubleMicroseconds(absl::Now() - begin) /
         static_cast<double>(given.entries.size());
}

std::vector<BenchCell> RowOf(const char* what, const Given& given, const Spread& micros) {
  return {std::string(what), static_cast<double>(given.entries.size()), 1e6 / micros.median,
          micros.median, micros.highest};
}

}  // namespace

void MeasureAuditVerify(const AuditVerifyPlan& plan, const std::string& directory,
                        BenchReport& report) {
  const Given given = MakeExport(plan.entries, absl::StrCat(directory, "/export.jsonl"));
  std::vector<double> hashing;
  std::vector<double> verifying;
  std::vector<double> shares;
  for (int round = 0; round < plan.rounds; ++round) {
    hashing.push_back(HashMicros(given));
    verifying.push_back(VerifyMicros(given));
    shares.push_back(hashing.back() / verifying.back());
  }
  const Spread micros(verifying);
  report.AddTable(
      {"audit_verify",
       "Verifying an export, beside SHA-256 alone over the same entries and the tree's nodes",
       {{"what", 0}, {"entries", 0}, {"rate", 0}, {"median_us", 2}, {"highest_us", 2}},
       {RowOf("SHA-256", given, Spread(hashing)), RowOf("audit verify", given, micros)}});
  const Spread share(shares);
  report.AddTable({"audit_verify_ratio",
                   absl::StrCat("SHA-256 to audit verify, over ", plan.rounds, " rounds by turns"),
                   {{"median", 2}, {"lowest", 2}, {"highest", 2}},
                   {{share.median, share.lowest, share.highest}}});
  report.AddTarget({"Verifying an export, for each entry", micros.median, 2, "us", kMicrosAtMost});
}

}  // namespace cardvault::testing
