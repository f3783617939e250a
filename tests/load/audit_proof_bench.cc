#include "tests/load/audit_proof_bench.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/tree_proof.h"
#include "base/check.h"
#include "base/clock.h"
#include "keys/keyring_holder.h"
#include "keys/testing/test_keyring.h"
#include "tests/load/latencies.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/write_set.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

constexpr uint64_t kSeed = 1;
// Entries of one set: many, so that a log of millions is there soon.
constexpr uint64_t kEntriesPerSet = 64;
constexpr uint64_t kSetsAtOnce = 1000;

// Counts what a proof reads.
class CountingNodes final : public NodeSource {
 public:
  explicit CountingNodes(NodeSource& source) : source_(source) {}

  absl::StatusOr<TreeHash> Node(const NodeId& id) override {
    ++count_;
    return source_.Node(id);
  }
  int count() const { return count_; }

 private:
  NodeSource& source_;
  int count_ = 0;
};

WriteSet SomeEntries(uint64_t first) {
  WriteSet set;
  for (uint64_t i = first; i < first + kEntriesPerSet; ++i) {
    set.leaves.push_back({.action = AuditAction::kTokenCreated,
                          .origin = {"spiffe://example.com/shop", "tokens", "192.0.2.7:51000"},
                          .object = absl::StrCat("tok_test_", i),
                          .key_version = 3});
  }
  return set;
}

void Grow(uint64_t size, CommitPipeline& pipeline) {
  for (uint64_t count = pipeline.audit_entry_count(); count < size;
       count = pipeline.audit_entry_count()) {
    const uint64_t sets = std::min(kSetsAtOnce, (size - count) / kEntriesPerSet);
    for (uint64_t i = 0; i < sets; ++i) {
      pipeline.Submit(SomeEntries(i * kEntriesPerSet),
                      [](CommitResult&& result) { CV_CHECK(result.status.ok()); });
    }
    CV_CHECK(pipeline.SubmitAndWait(SomeEntries(sets * kEntriesPerSet)).status.ok());
  }
}

struct Cost {
  Latencies times;
  int most_nodes = 0;
};

Cost CostOf(int proofs, const Engine& engine,
            const std::function<absl::StatusOr<TreeProof>(NodeSource& source)>& prove) {
  Cost cost;
  for (int i = 0; i < proofs; ++i) {
    StoredNodes stored(engine);
    CountingNodes nodes(stored);
    const absl::Time begin = absl::Now();
    const absl::StatusOr<TreeProof> proof = prove(nodes);
    cost.times.Add(absl::Now() - begin);
    CV_CHECK(proof.ok());
    cost.most_nodes = std::max(cost.most_nodes, nodes.count());
  }
  return cost;
}

std::vector<BenchCell> RowOf(uint64_t size, const char* proof, const Cost& cost) {
  return {static_cast<double>(size), std::string(proof), cost.times.QuantileMicros(0.5),
          cost.times.QuantileMicros(0.99), static_cast<double>(cost.most_nodes)};
}

}  // namespace

void MeasureAuditProofs(const AuditProofPlan& plan, const std::string& directory,
                        BenchReport& report) {
  RocksDbOptions options;
  options.path = absl::StrCat(directory, "/log");
  options.create_if_missing = true;
  const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options);
  KeyringHolder keyring;
  keyring.Set(MakeTestKeyring("vault-bench"));
  const std::unique_ptr<CommitPipeline> pipeline =
      *CommitPipeline::Start(*engine, keyring, SystemClock(), {});
  BenchTable table{
      "audit_proofs",
      absl::StrCat("Proofs out of the store, ", plan.proofs, " of each kind at each size"),
      {{"entries", 0}, {"proof", 0}, {"p50_us", 0}, {"p99_us", 0}, {"most_nodes", 0}},
      {}};
  std::mt19937_64 random(kSeed);
  for (const uint64_t least : plan.sizes) {
    Grow(least, *pipeline);
    const uint64_t size = pipeline->audit_entry_count();
    std::uniform_int_distribution<uint64_t> any(0, size - 1);
    table.rows.push_back(
        RowOf(size, "inclusion", CostOf(plan.proofs, *engine, [&](NodeSource& nodes) {
                return BuildInclusionProof(nodes, any(random), size);
              })));
    table.rows.push_back(
        RowOf(size, "consistency", CostOf(plan.proofs, *engine, [&](NodeSource& nodes) {
                return BuildConsistencyProof(nodes, any(random) + 1, size);
              })));
  }
  report.AddTable(std::move(table));
}

}  // namespace cardvault::testing
