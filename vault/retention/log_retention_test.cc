#include "vault/retention/log_retention.h"

#include <bit>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/checkpoint.h"
#include "audit/compact_range.h"
#include "audit/retired_log.h"
#include "audit/signed_note.h"
#include "audit/testing/naive_tree.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/length_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/log_cut.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

class LogRetentionTest : public CommitPipelineTest {
 protected:
  void SetUp() override { Restart(); }

  void Restart() {
    pipeline_.reset();
    Start();
    retention_ = std::make_unique<LogRetention>(
        engine_, *pipeline_, clock_,
        LogRetention::Options{.months = 12, .patience = absl::ZeroDuration()});
  }

  void Append(uint64_t count) {
    WriteSet set;
    for (uint64_t i = 0; i < count; ++i) set.leaves.push_back(Leaf(absl::StrCat("x", next_++)));
    ASSERT_TRUE(Commit(std::move(set)).committed());
  }

  // A checkpoint of all there is, signed by nobody that matters: the store does not look.
  void Keep() {
    const CompactRange tree = pipeline_->audit_tree();
    pipeline_->KeepCheckpoint(
        {tree.size(),
         SerializeNote({FormatCheckpoint({"cardvault/test/log/1", tree.size(), tree.Root()}),
                        {{"x", 1, std::string(64, 's')}}})});
    Append(1);  // it is committed before what comes behind it
  }

  uint64_t first() { return ReadLogCut(store_)->first; }

  // The hashes of all entries that ever were: read before any is dropped.
  void Remember() {
    const std::vector<KeyedRow> rows =
        *store_.Scan(Table::kAuditLeaves, BigEndian64(hashes_.size()), "", 10'000'000);
    for (const KeyedRow& row : rows) {
      ASSERT_EQ(row.key, BigEndian64(hashes_.size()));
      hashes_.push_back(LeafHash(row.row.value));
    }
  }

  // What is left proves all that it must, against a tree of everything.
  void ExpectProves(std::mt19937_64& random) {
    NaiveTree all(hashes_);
    const uint64_t size = hashes_.size();
    const uint64_t cut = first();
    const std::vector<KeyedRow> leaves = *store_.Scan(Table::kAuditLeaves, "", "", 10'000'000);
    ASSERT_EQ(leaves.size(), size - cut);
    EXPECT_EQ(leaves.front().key, BigEndian64(cut));
    uint64_t nodes_before = 0;
    const std::vector<KeyedRow> kept = *store_.Scan(Table::kAuditNodes, "", "", 10'000'000);
    for (const KeyedRow& row : kept) {
      const auto level = static_cast<uint32_t>(static_cast<unsigned char>(row.key[0]));
      nodes_before += ((ReadBigEndian64(row.key.substr(1)) + 1) << level) <= cut ? 1 : 0;
    }
    EXPECT_EQ(nodes_before, static_cast<uint64_t>(std::popcount(cut)));

    const auto between = [&](uint64_t least, uint64_t most) {
      return std::uniform_int_distribution<uint64_t>(least, most)(random);
    };
    StoredNodes nodes(store_);
    for (int i = 0; i < 30; ++i) {
      const uint64_t size2 = i == 0 ? size : between(cut + 1, size);
      const uint64_t index = i == 1 ? cut : between(cut, size2 - 1);
      const uint64_t size1 = i == 2 ? cut : between(cut, size2);
      EXPECT_EQ(*RootOf(nodes, size2), all.Root(size2));
      EXPECT_EQ(*BuildInclusionProof(nodes, index, size2), all.Path(index, size2)) << index;
      EXPECT_EQ(*BuildConsistencyProof(nodes, size1, size2),
                size1 == 0 ? TreeProof() : all.Proof(size1, size2))
          << size1 << " " << size2;
    }
  }

  std::unique_ptr<LogRetention> retention_;
  std::vector<TreeHash> hashes_;
  uint64_t next_ = 0;
};

TEST(MonthsBeforeTest, IsNeverTooLate) {
  const auto at = [](const char* text) {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
    return time;
  };
  EXPECT_EQ(MonthsBefore(at("2027-11-22T10:00:00Z"), 12), at("2026-11-22T10:00:00Z"));
  EXPECT_EQ(MonthsBefore(at("2028-02-29T10:00:00Z"), 12), at("2027-02-28T10:00:00Z"));
  EXPECT_EQ(MonthsBefore(at("2027-01-31T10:00:00Z"), 14), at("2025-11-28T10:00:00Z"));
}

// A5: whoever writes the disk makes entries old, so that the vault drops them itself.
TEST_F(LogRetentionTest, AnEntryThatWasMadeOlderIsNotDropped) {
  Append(kRetiredSegment - 10);
  Append(60'000);
  Keep();
  clock_.Advance(30 * kDay);
  const std::vector<KeyedRow> rows = *store_.Scan(Table::kAuditLeaves, "", "", kRetiredSegment);
  const std::unique_ptr<EngineBatch> batch = store_.NewBatch();
  for (const KeyedRow& row : rows) {
    AuditEntry entry = *DecodeEntry(row.row.value);
    entry.time -= 400 * kDay;
    batch->Put(Table::kAuditLeaves, row.key, EncodeEntry(entry), row.row.revision);
  }
  ASSERT_THAT(batch->Commit(), IsOk());
  EXPECT_THAT(retention_->Step(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(first(), 0u);
}

TEST_F(LogRetentionTest, ASegmentGoesWhenItsYoungestEntryIsOldEnough) {
  Append(kRetiredSegment - 10);
  clock_.Advance(30 * kDay);
  Append(60'000);
  Keep();
  clock_.Advance(340 * kDay);  // its oldest are older than a year
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.Advance(26 * kDay);
  Remember();
  const TreeHash root = *[&] {
    StoredNodes nodes(store_);
    return RootOf(nodes, kRetiredSegment);
  }();
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(true));
  EXPECT_EQ(first(), kRetiredSegment);
  const AuditEntry entry = *EntryOf(*engine_.Last(Table::kAuditLeaves).value());
  EXPECT_EQ(entry.leaf.action, AuditAction::kLogRetired);
  EXPECT_EQ(entry.leaf.origin.principal, "cardvaultd");
  EXPECT_EQ(entry.leaf.object, FormatRetiredLog({0, kRetiredSegment, root}));
  // The rest is younger, and what a start reads.
  clock_.Advance(400 * kDay);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
}

// The clock was ahead when they were written, and set back within the segment.
TEST_F(LogRetentionTest, TheLatestTimeOfASegmentCounts) {
  clock_.SetNow(clock_.Now() + 100 * kDay);
  Append(1000);
  clock_.SetNow(clock_.Now() - 100 * kDay);
  Append(80'000);
  Keep();
  clock_.Advance(370 * kDay);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.Advance(100 * kDay);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(true));
}

TEST_F(LogRetentionTest, NothingGoesWithoutACheckpointOverIt) {
  Append(80'000);
  clock_.Advance(400 * kDay);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  Keep();
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(true));
}

// A wall clock that is years ahead for some minutes.
TEST_F(LogRetentionTest, WhatIsDueMustHaveBeenForAWhile) {
  retention_ = std::make_unique<LogRetention>(engine_, *pipeline_, clock_, LogRetention::Options());
  Append(80'000);
  Keep();
  const absl::Time now = clock_.Now();
  clock_.SetNow(now + 3000 * kDay);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.Advance(absl::Minutes(59));
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.SetNow(now);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.SetNow(now + 3000 * kDay);
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.Advance(absl::Minutes(59));
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(false));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(retention_->Step(), IsOkAndHolds(true));
}

// Whoever takes the beginning away without the entry, or with another's, is found out by a start.
TEST_F(LogRetentionTest, ACutThatTheLogDoesNotDeclareIsDataLoss) {
  Append(80'000);
  Keep();
  clock_.Advance(400 * kDay);
  ASSERT_THAT(retention_->Step(), IsOkAndHolds(true));
  pipeline_.reset();
  const Row row = *Get(Table::kMeta, "log_cut");
  for (const auto& [value, revision] : std::vector<std::pair<std::string, uint64_t>>{
           {BigEndian64(2 * kRetiredSegment), row.revision},
           {row.value, row.revision - 1},
           {BigEndian64(5), row.revision},
           {"short", row.revision}}) {
    store_.Plant(Table::kMeta, "log_cut", value, revision);
    EXPECT_THAT(CommitPipeline::Start(engine_, keyring_, clock_, {}),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  store_.Plant(Table::kMeta, "log_cut", row.value, row.revision);
  EXPECT_THAT(CommitPipeline::Start(engine_, keyring_, clock_, {}), IsOk());
  // A node that is left over the dropped entries is another.
  store_.Plant(Table::kAuditNodes, AuditNodeKey({16, 0}), std::string(32, 'x'), 1);
  EXPECT_THAT(CommitPipeline::Start(engine_, keyring_, clock_, {}),
              StatusIs(absl::StatusCode::kDataLoss));
}

// A commit that fails drops nothing, and so does one that was there before.
TEST_F(LogRetentionTest, ADropIsWholeOrNothing) {
  Append(80'000);
  Keep();
  clock_.Advance(400 * kDay);
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_FALSE(retention_->Step().ok());
  EXPECT_EQ(first(), 0u);
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kWritten);
  EXPECT_FALSE(retention_->Step().ok());
  EXPECT_EQ(first(), kRetiredSegment);
  Append(1);
  Restart();
  EXPECT_EQ(first(), kRetiredSegment);
}

// Random appends, cuts and restarts: what is left proves what a tree of everything proves.
TEST_F(LogRetentionTest, WhatIsLeftProvesAsBefore) {
  const uint64_t seed =
      ::testing::UnitTest::GetInstance()->random_seed() != 0
          ? static_cast<uint64_t>(::testing::UnitTest::GetInstance()->random_seed())
          : 20261122;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  int cuts = 0;
  while (cuts < 4) {
    ASSERT_LT(next_, 2'000'000u) << "nothing is cut";
    Append(std::uniform_int_distribution<uint64_t>(1, 120'000)(random));
    clock_.Advance(120 * kDay);
    if (random() % 3 != 0) Keep();
    Remember();
    for (uint64_t i = random() % 3; i > 0; --i) {
      const absl::StatusOr<bool> dropped = retention_->Step();
      ASSERT_THAT(dropped, IsOk());
      if (!*dropped) break;
      ++cuts;
      Remember();
      ExpectProves(random);
    }
    if (random() % 2 == 0) Restart();
    EXPECT_THAT(ReadAuditTail(store_), IsOk());
    EXPECT_EQ(pipeline_->audit_tree().Root(), ReadAuditTail(store_)->tree.Root());
  }
}

}  // namespace
}  // namespace cardvault
