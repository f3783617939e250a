#include "vault/commit/audit_tail.h"

#include <map>
#include <string>

#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/compact_range.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "base/length_prefix.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

class AuditTailTest : public ::testing::Test {
 protected:
  std::string Plant(uint64_t place, uint64_t sequence, AuditAction action,
                    const std::string& object) {
    AuditEntry entry;
    entry.sequence = sequence;
    entry.time = absl::UnixEpoch() + absl::Seconds(sequence);
    entry.leaf.action = action;
    entry.leaf.object = object;
    std::string bytes = EncodeEntry(entry);
    engine_.Plant(Table::kAuditLeaves, BigEndian64(place), bytes, place);
    return bytes;
  }

  // A whole log, with its tree; at some places the keyring gets another revision.
  void PlantLog(uint64_t size, const std::map<uint64_t, std::string>& changes = {}) {
    tree_ = CompactRange();
    for (uint64_t i = 0; i < size; ++i) {
      const auto change = changes.find(i);
      std::string bytes;
      if (change != changes.end()) {
        bytes = Plant(i, i, AuditAction::kKeyringChanged, change->second);
      } else if (i != 0 && i % kKeyringAttestInterval == 0) {
        bytes = Plant(i, i, AuditAction::kKeyringAttested, "4");
      } else {
        bytes = Plant(i, i, AuditAction::kTokenMatched, "t");
      }
      tree_.Append(LeafHash(bytes), [&](const NodeId& id, const TreeHash& hash) {
        if (id.level < kLowestStoredLevel) return;
        engine_.Plant(Table::kAuditNodes, AuditNodeKey(id), AuditNodeValue(hash), i);
      });
    }
  }

  CompactRange tree_;
  FakeEngine engine_;
};

TEST_F(AuditTailTest, OfAnEmptyLogIsTheBeginning) {
  const absl::StatusOr<AuditTail> tail = ReadAuditTail(engine_);
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(tail->tree.size(), 0u);
  EXPECT_EQ(tail->keyring_revision, 0u);
  EXPECT_EQ(tail->last_time, absl::InfinitePast());
}

TEST_F(AuditTailTest, NamesSequenceTimeAndKeyringRevision) {
  PlantLog(3000, {{1000, "1"}, {1500, "2"}});
  const absl::StatusOr<AuditTail> tail = ReadAuditTail(engine_);
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(tail->tree.size(), 3000u);
  EXPECT_EQ(tail->keyring_revision, 2u);
  EXPECT_EQ(tail->last_time, absl::UnixEpoch() + absl::Seconds(2999));
}

TEST_F(AuditTailTest, ReadsNoFurtherBackThanTheLastAttestationWithEntriesEnoughBehindIt) {
  const std::string before_it = BigEndian64(kKeyringAttestInterval - 1);
  PlantLog(kKeyringAttestInterval + kRehashedEntries - 1);
  EXPECT_EQ(ReadAuditTail(engine_)->keyring_revision, 4u);
  engine_.Remove(Table::kAuditLeaves, before_it);
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));

  PlantLog(kKeyringAttestInterval + kRehashedEntries);
  engine_.Remove(Table::kAuditLeaves, before_it);
  EXPECT_EQ(ReadAuditTail(engine_)->keyring_revision, 4u);
}

TEST_F(AuditTailTest, TheTreeIsThatOfAllEntries) {
  for (const uint64_t size : {uint64_t{1}, uint64_t{15}, uint64_t{16}, uint64_t{33}, uint64_t{2999},
                              kKeyringAttestInterval, kKeyringAttestInterval + 1,
                              2 * kKeyringAttestInterval + kRehashedEntries + 7}) {
    PlantLog(size);
    const absl::StatusOr<AuditTail> tail = ReadAuditTail(engine_);
    ASSERT_THAT(tail, IsOk()) << size;
    EXPECT_EQ(tail->tree.size(), size);
    EXPECT_EQ(tail->tree.Root(), tree_.Root()) << size;
  }
}

// A3: what was edited in the files is seen at the next start.
TEST_F(AuditTailTest, IsDataLossWhenAnEntryWasEdited) {
  PlantLog(100);
  Plant(50, 50, AuditAction::kTokenMatched, "T");
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(AuditTailTest, IsDataLossWhenANodeWasEditedOrIsMissing) {
  for (const NodeId& id : {NodeId{4, 0}, NodeId{4, 5}, NodeId{6, 0}}) {
    PlantLog(100);
    engine_.Plant(Table::kAuditNodes, AuditNodeKey(id), AuditNodeValue(EmptyRoot()), 0);
    EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
    engine_.Remove(Table::kAuditNodes, AuditNodeKey(id));
    EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST_F(AuditTailTest, IsDataLossWhenAnEntryIsMissing) {
  PlantLog(10);
  engine_.Remove(Table::kAuditLeaves, BigEndian64(5));
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
  engine_.Remove(Table::kAuditLeaves, BigEndian64(0));
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(AuditTailTest, IsDataLossWhenAnEntryStandsInAnothersPlace) {
  PlantLog(10);
  Plant(9, 8, AuditAction::kTokenMatched, "t");
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(AuditTailTest, IsDataLossWhenAnEntryDoesNotDecode) {
  PlantLog(10);
  engine_.Plant(Table::kAuditLeaves, BigEndian64(3), "x", 3);
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
  engine_.Plant(Table::kAuditLeaves, "zz", "x", 3);
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(AuditTailTest, IsDataLossWhenTheAttestationIsMissing) {
  PlantLog(kKeyringAttestInterval + 2);
  Plant(kKeyringAttestInterval, kKeyringAttestInterval, AuditAction::kTokenMatched, "t");
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
  Plant(kKeyringAttestInterval, kKeyringAttestInterval, AuditAction::kKeyringAttested, "no number");
  EXPECT_THAT(ReadAuditTail(engine_), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
