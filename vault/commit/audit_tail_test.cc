#include "vault/commit/audit_tail.h"

#include <string>

#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/length_prefix.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

class AuditTailTest : public ::testing::Test {
 protected:
  void Plant(uint64_t place, uint64_t sequence, AuditAction action, const std::string& object) {
    AuditEntry entry;
    entry.sequence = sequence;
    entry.time = absl::UnixEpoch() + absl::Seconds(sequence);
    entry.leaf.action = action;
    entry.leaf.object = object;
    engine_.Plant(Table::kAuditLeaves, BigEndian64(place), EncodeEntry(entry), place);
  }

  void PlantLog(uint64_t size) {
    for (uint64_t i = 0; i < size; ++i) {
      const bool attests = i != 0 && i % kKeyringAttestInterval == 0;
      Plant(i, i, attests ? AuditAction::kKeyringAttested : AuditAction::kTokenMatched,
            attests ? "4" : "t");
    }
  }

  FakeEngine engine_;
};

TEST_F(AuditTailTest, OfAnEmptyLogIsTheBeginning) {
  const absl::StatusOr<AuditTail> tail = ReadAuditTail(engine_);
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(tail->next_sequence, 0u);
  EXPECT_EQ(tail->keyring_revision, 0u);
  EXPECT_EQ(tail->last_time, absl::InfinitePast());
}

TEST_F(AuditTailTest, NamesSequenceTimeAndKeyringRevision) {
  PlantLog(3000);
  Plant(1000, 1000, AuditAction::kKeyringChanged, "1");
  Plant(1500, 1500, AuditAction::kKeyringChanged, "2");
  const absl::StatusOr<AuditTail> tail = ReadAuditTail(engine_);
  ASSERT_THAT(tail, IsOk());
  EXPECT_EQ(tail->next_sequence, 3000u);
  EXPECT_EQ(tail->keyring_revision, 2u);
  EXPECT_EQ(tail->last_time, absl::UnixEpoch() + absl::Seconds(2999));
}

TEST_F(AuditTailTest, ReadsNoFurtherBackThanTheLastAttestation) {
  PlantLog(kKeyringAttestInterval + 10);
  EXPECT_EQ(ReadAuditTail(engine_)->keyring_revision, 4u);
  engine_.Remove(Table::kAuditLeaves, BigEndian64(kKeyringAttestInterval - 1));
  EXPECT_EQ(ReadAuditTail(engine_)->keyring_revision, 4u);
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
