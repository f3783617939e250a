#ifndef CARDVAULT_VAULT_COMMIT_TESTING_PIPELINE_FIXTURE_H_
#define CARDVAULT_VAULT_COMMIT_TESTING_PIPELINE_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/blocking_counter.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/length_prefix.h"
#include "base/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/keyring_holder.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {

inline AuditLeaf Leaf(std::string object, AuditAction action = AuditAction::kTokenCreated) {
  AuditLeaf leaf{};
  leaf.action = action;
  leaf.origin = {"spiffe://shop.test/merchant/m1/tokens", "tokens", "127.0.0.1:40000"};
  leaf.object = std::move(object);
  return leaf;
}

inline WriteSet PutSet(Table table, std::string key, std::string value) {
  WriteSet set;
  set.puts = {{table, key, std::move(value)}};
  set.leaves = {Leaf(std::move(key))};
  return set;
}

inline WriteSet InsertSet(Table table, std::string key, std::string value) {
  WriteSet set = PutSet(table, key, std::move(value));
  set.preconditions = {Precondition::Absent(table, std::move(key))};
  return set;
}

// A pipeline over an engine in memory that can be told to fail.
class CommitPipelineTest : public ::testing::Test {
 protected:
  void Start(CommitPipeline::Options options = {}) {
    absl::StatusOr<std::unique_ptr<CommitPipeline>> pipeline =
        CommitPipeline::Start(engine_, keyring_, clock_, options);
    ASSERT_THAT(pipeline, IsOk());
    pipeline_ = *std::move(pipeline);
  }

  CommitResult Commit(WriteSet set) { return pipeline_->SubmitAndWait(std::move(set)); }

  // Submits all from this thread, so that their order is known, and waits for all.
  std::vector<CommitResult> CommitAll(std::vector<WriteSet> sets) {
    std::vector<CommitResult> results(sets.size());
    absl::BlockingCounter left(static_cast<int>(sets.size()));
    for (size_t i = 0; i < sets.size(); ++i) {
      pipeline_->Submit(std::move(sets[i]), [&results, &left, i](CommitResult result) {
        results[i] = std::move(result);
        left.DecrementCount();
      });
    }
    left.Wait();
    return results;
  }

  std::optional<Row> Get(Table table, const std::string& key) { return *store_.Get(table, key); }

  // The whole log; fails the test when it has a gap or an entry that does not decode.
  std::vector<AuditEntry> Log() {
    std::vector<AuditEntry> log;
    const std::vector<KeyedRow> rows = *store_.Scan(Table::kAuditLeaves, "", "", 1'000'000);
    for (const KeyedRow& row : rows) {
      absl::StatusOr<AuditEntry> entry = DecodeEntry(row.row.value);
      EXPECT_THAT(entry, IsOk());
      if (!entry.ok()) return log;
      EXPECT_EQ(row.key, BigEndian64(log.size()));
      EXPECT_EQ(entry->sequence, log.size());
      EXPECT_EQ(row.row.revision, log.size());
      log.push_back(*std::move(entry));
    }
    return log;
  }

  std::vector<std::string> LogObjects() {
    std::vector<std::string> objects;
    for (const AuditEntry& entry : Log()) objects.push_back(entry.leaf.object);
    return objects;
  }

  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  KeyringHolder keyring_;
  FakeClock clock_;
  std::unique_ptr<CommitPipeline> pipeline_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_TESTING_PIPELINE_FIXTURE_H_
