#include "server/refusal_log.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "vault/commit/testing/pipeline_fixture.h"

namespace cardvault {
namespace {

AuditLeaf Refusal(const std::string& principal, ErrorReason reason,
                  AuditAction action = AuditAction::kTokenRefused) {
  AuditLeaf leaf{action, AuditOutcome::kRefused, reason};
  leaf.origin = {principal, "tokens", "127.0.0.1:40000"};
  leaf.object = "tok_test_x";
  return leaf;
}

class RefusalLogTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    Start();
    refusals_ = std::make_unique<RefusalLog>(*pipeline_, clock_);
  }

  // So often; returns how many went on.
  int Record(const AuditLeaf& leaf, uint32_t times) {
    int went_on = 0;
    for (uint32_t i = 0; i < times; ++i) refusals_->Record(leaf, [&went_on] { ++went_on; });
    AwaitOthers();
    return went_on;
  }

  // Of each entry of a refusal so far.
  std::vector<uint32_t> Counts() {
    std::vector<uint32_t> counts;
    for (const AuditLeaf& leaf : Refusals()) counts.push_back(leaf.count);
    return counts;
  }

  std::vector<AuditLeaf> Refusals() {
    AwaitOthers();
    std::vector<AuditLeaf> refusals;
    for (const AuditEntry& entry : Log()) {
      if (entry.leaf.outcome == AuditOutcome::kRefused) refusals.push_back(entry.leaf);
    }
    return refusals;
  }

  // By an entry behind theirs.
  void AwaitOthers() {
    WriteSet set;
    set.leaves = {Leaf("behind")};
    ASSERT_TRUE(Commit(std::move(set)).committed());
  }

  std::unique_ptr<RefusalLog> refusals_;
};

TEST_F(RefusalLogTest, TenAMinuteAreEntriesAndTheRestIsOneThatCountsThem) {
  constexpr uint32_t kBeyond = 990;
  EXPECT_EQ(Record(Refusal("alice", ErrorReason::kPolicy), kRefusalsPerMinute + kBeyond),
            static_cast<int>(kRefusalsPerMinute + kBeyond));
  EXPECT_EQ(Counts(), std::vector<uint32_t>(kRefusalsPerMinute, 1));
  refusals_->Tick();  // the minute is not over
  EXPECT_EQ(Counts().size(), kRefusalsPerMinute);
  clock_.Advance(absl::Minutes(1));
  refusals_->Tick();
  std::vector<uint32_t> counted(kRefusalsPerMinute, 1);
  counted.push_back(kBeyond);
  EXPECT_EQ(Counts(), counted);
  const AuditLeaf last = Refusals().back();
  EXPECT_EQ(last.origin.principal, "alice");
  EXPECT_EQ(last.reason, ErrorReason::kPolicy);
  EXPECT_EQ(last.object, "");
  // And again.
  EXPECT_EQ(Record(Refusal("alice", ErrorReason::kPolicy), 1), 1);
  EXPECT_EQ(Counts().back(), 1u);
}

TEST_F(RefusalLogTest, IdentitiesReasonsAndActionsAreBoundedEachByItself) {
  const std::vector<AuditLeaf> kinds = {
      Refusal("alice", ErrorReason::kPolicy), Refusal("bob", ErrorReason::kPolicy),
      Refusal("alice", ErrorReason::kFieldInvalid),
      Refusal("alice", ErrorReason::kPolicy, AuditAction::kCallRefused)};
  for (const AuditLeaf& kind : kinds) Record(kind, 2 * kRefusalsPerMinute);
  EXPECT_EQ(Counts(), std::vector<uint32_t>(kinds.size() * kRefusalsPerMinute, 1));
}

TEST_F(RefusalLogTest, StrangersAreToldApartByHostWithoutThePort) {
  AuditLeaf stranger = Refusal("", ErrorReason::kIdentity);
  for (uint32_t i = 0; i < 2 * kRefusalsPerMinute; ++i) {
    stranger.origin.address = absl::StrCat("198.51.100.7:", 40000 + i);
    Record(stranger, 1);
  }
  EXPECT_EQ(Counts().size(), kRefusalsPerMinute);
}

TEST_F(RefusalLogTest, WhatIsCountedIsWrittenAtTheEnd) {
  Record(Refusal("alice", ErrorReason::kPolicy), kRefusalsPerMinute + 5);
  refusals_.reset();
  EXPECT_EQ(Counts().back(), 5u);
}

}  // namespace
}  // namespace cardvault
