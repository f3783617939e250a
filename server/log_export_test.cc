#include "server/log_export.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/action.h"
#include "audit/compact_range.h"
#include "audit/export/export_segment.h"
#include "audit/tree_hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/log_filter.h"
#include "server/log_reader.h"
#include "server/log_watch.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using admin::v1::ExportHeader;
using admin::v1::ExportResponse;
using ::testing::Eq;

constexpr uint64_t kCount = 3000;
constexpr uint64_t kSeventh = 7;  // entries whose sequence it divides are about a disabled token

class LogExportTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    Start();
    WriteSet set;
    for (uint64_t i = 0; i < kCount; ++i) {
      set.leaves.push_back(Leaf(
          "tok", i % kSeventh == 0 ? AuditAction::kTokenDisabled : AuditAction::kTokenCreated));
    }
    ASSERT_TRUE(Commit(std::move(set)).committed());
    ASSERT_EQ(pipeline_->audit_entry_count(), kCount);
    root_ = pipeline_->audit_tree().Root();
  }

  static ExportHeader Header(uint64_t first, uint64_t end, bool filtered = false) {
    ExportHeader header;
    header.set_filtered(filtered);
    header.set_first(first);
    header.set_end(end);
    header.set_size(kCount);
    return header;
  }

  // All messages up to the end, or an error.
  absl::StatusOr<std::vector<ExportResponse>> All(LogExport source) {
    std::vector<ExportResponse> messages;
    for (;;) {
      ExportResponse message;
      const absl::StatusOr<StreamStep> step = source.Fill(message);
      if (!step.ok()) return step.status();
      if (*step == StreamStep::kEnd) return messages;
      messages.push_back(std::move(message));
    }
  }

  TreeHash StoredHash(uint64_t sequence) {
    return LeafHash(Get(Table::kAuditLeaves, BigEndian64(sequence))->value);
  }

  static TreeProof ProofOf(const admin::v1::TreeHashes& shown) {
    TreeProof proof;
    for (const std::string& bytes : shown.hashes()) {
      TreeHash hash;
      EXPECT_EQ(bytes.size(), hash.size());
      std::copy(bytes.begin(), bytes.end(), hash.begin());
      proof.push_back(hash);
    }
    return proof;
  }

  TreeHash root_;
};

TEST_F(LogExportTest, EverySegmentOfARangeIsProved) {
  const auto messages = All({engine_, Header(5, 2900), {}, {}});
  ASSERT_THAT(messages, IsOk());
  uint64_t next = 5;
  CompactRange segment;
  for (const ExportResponse& message : *messages) {
    EXPECT_LE(message.entries_size(), static_cast<int>(kLogBatch));
    for (const admin::v1::AuditEntry& entry : message.entries()) {
      EXPECT_EQ(entry.sequence(), next);
      segment.Append(StoredHash(next++), [](const NodeId&, const TreeHash&) {});
    }
    EXPECT_EQ(message.next(), next);
    if (!message.has_segment()) continue;
    const ExportSegment proved{{message.segment().first(), message.segment().level()},
                               ProofOf(message.segment().proof())};
    EXPECT_EQ(proved.place.end(), next);
    EXPECT_TRUE(VerifySegment(proved, segment.Root(), kCount, root_)) << next;
    segment = CompactRange();
  }
  EXPECT_EQ(next, 2900u);
  EXPECT_EQ(segment.size(), 0u);
}

TEST_F(LogExportTest, AFilterChoosesEntriesAndProvesEach) {
  LogFilter filter;
  filter.action = AuditAction::kTokenDisabled;
  const auto messages = All({engine_, Header(10, kCount, true), filter, {}});
  ASSERT_THAT(messages, IsOk());
  uint64_t next = 14;
  for (const ExportResponse& message : *messages) {
    EXPECT_FALSE(message.has_segment());
    for (const admin::v1::AuditEntry& entry : message.entries()) {
      EXPECT_EQ(entry.sequence(), next);
      EXPECT_TRUE(
          VerifyInclusion(StoredHash(next), next, kCount, ProofOf(entry.inclusion()), root_));
      next += kSeventh;
    }
  }
  EXPECT_GT(next, kCount);
  EXPECT_EQ(messages->back().next(), kCount);
}

TEST_F(LogExportTest, AFilterThatChoosesNothingStillComesToItsEnd) {
  LogFilter filter;
  filter.object = "tok_other";
  const auto messages = All({engine_, Header(0, kCount, true), filter, {}});
  ASSERT_THAT(messages, IsOk());
  EXPECT_EQ(messages->back().next(), kCount);
  for (const ExportResponse& message : *messages) EXPECT_EQ(message.entries_size(), 0);
}

TEST_F(LogExportTest, EndsAtItsBoundBehindAWholeSegmentAndGoesOnFromThere) {
  const auto first = All({engine_, Header(0, kCount), {}, {}, /*max_entries=*/1500});
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->back().next(), 2048u);
  EXPECT_TRUE(first->back().has_segment());
  const auto second = All({engine_, Header(2048, kCount), {}, {}, /*max_entries=*/1500});
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->at(1).entries(0).sequence(), 2048u);
  EXPECT_EQ(second->back().next(), kCount);
}

TEST_F(LogExportTest, AMissingOrExchangedEntryIsDataLoss) {
  store_.Plant(Table::kAuditLeaves, BigEndian64(20),
               Get(Table::kAuditLeaves, BigEndian64(21))->value, 20);
  EXPECT_THAT(All({engine_, Header(0, kCount), {}, {}}).status(),
              StatusIs(absl::StatusCode::kDataLoss));
  store_.Remove(Table::kAuditLeaves, BigEndian64(20));
  EXPECT_THAT(All({engine_, Header(0, kCount), {}, {}}).status(),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(LogExportTest, AWatchPausesAtTheEndAndSeesWhatComes) {
  LogWatch watch(engine_, *pipeline_, kCount - 1, std::nullopt, {}, {});
  admin::v1::WatchEntriesResponse message;
  EXPECT_THAT(watch.Fill(message), IsOkAndHolds(Eq(StreamStep::kSend)));
  EXPECT_EQ(message.entries_size(), 1);
  message.Clear();
  EXPECT_THAT(watch.Fill(message), IsOkAndHolds(Eq(StreamStep::kPause)));
  ASSERT_TRUE(Commit(PutSet(Table::kRecords, "row", "x")).committed());
  EXPECT_THAT(watch.Fill(message), IsOkAndHolds(Eq(StreamStep::kSend)));
  EXPECT_EQ(message.entries(0).sequence(), kCount);

  message.Clear();
  LogWatch bounded(engine_, *pipeline_, kCount, kCount, {}, {});
  EXPECT_THAT(bounded.Fill(message), IsOkAndHolds(Eq(StreamStep::kEnd)));
}

TEST_F(LogExportTest, AFilteredWatchSendsWhatItChoosesAndSaysThatItIsAlive) {
  LogFilter filter;
  filter.action = AuditAction::kTokenDisabled;
  LogWatch watch(engine_, *pipeline_, 0, kCount, filter, {});
  admin::v1::WatchEntriesResponse message;
  uint64_t next = 0;
  absl::StatusOr<StreamStep> step = watch.Fill(message);
  for (; step.ok() && *step == StreamStep::kSend; step = watch.Fill(message)) {
    for (const admin::v1::AuditEntry& entry : message.entries()) {
      EXPECT_EQ(entry.sequence(), next);
      next += kSeventh;
    }
    message.Clear();
  }
  EXPECT_THAT(step, IsOkAndHolds(Eq(StreamStep::kEnd)));
  EXPECT_GE(next, kCount);

  filter.object = "tok_other";
  LogWatch nothing(engine_, *pipeline_, 0, std::nullopt, filter, {});
  EXPECT_THAT(nothing.Fill(message), IsOkAndHolds(Eq(StreamStep::kPause)));
  EXPECT_EQ(message.entries_size(), 0);
}

TEST_F(LogExportTest, TheFirstEntryOfATimeIsFound) {
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(Commit(PutSet(Table::kRecords, "row", "x")).committed());
  const uint64_t size = pipeline_->audit_entry_count();
  const std::vector<AuditEntry> log = Log();
  EXPECT_THAT(FirstEntryOf(engine_, log.front().time, 0, size), IsOkAndHolds(Eq(0u)));
  EXPECT_THAT(FirstEntryOf(engine_, log.back().time, 0, size), IsOkAndHolds(Eq(kCount)));
  EXPECT_THAT(FirstEntryOf(engine_, log.front().time + absl::Microseconds(1), 0, size),
              IsOkAndHolds(Eq(kCount)));
  EXPECT_THAT(FirstEntryOf(engine_, absl::InfiniteFuture(), 0, size), IsOkAndHolds(Eq(size)));
}

}  // namespace
}  // namespace cardvault
