#include "forwarder/escrow/deposit_table.h"

#include <memory>
#include <string>

#include "base/id.h"
#include "forwarder/escrow/cvv_state.h"
#include "forwarder/escrow/locked_slots.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

constexpr absl::Duration kLife = absl::Minutes(15);
constexpr absl::Duration kMemory = absl::Hours(1);

class DepositTableTest : public ::testing::Test {
 protected:
  DepositTableTest() : table_(*slots_, DepositTable::Limits{2, 3, 2, kMemory}) {}

  bool Add(const std::string& token, const std::string& cvv_id) {
    if (!table_.MakeRoom(token)) return false;
    DepositEntry deposit(merchant_, token, cvv_id);
    deposit.expires = now_ + kLife;
    table_.Add(std::move(deposit), "code");
    return true;
  }
  CvvState StateOf(const std::string& token, const std::string& cvv_id) {
    const DepositEntry* const found = table_.Find(token, cvv_id);
    return found == nullptr ? CvvState::kNone : found->state;
  }

  const MerchantId merchant_ = *MerchantId::Parse("shop", "merchant");
  absl::Duration now_ = absl::Hours(5);
  std::unique_ptr<LockedSlots> slots_ = *LockedSlots::Create(3, 4);
  DepositTable table_;
};

TEST_F(DepositTableTest, OneMoreOfATokenPushesTheOldestOut) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("a", "2"));
  ASSERT_TRUE(Add("a", "3"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kNone);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kHeld);
  EXPECT_EQ(StateOf("a", "3"), CvvState::kHeld);
  EXPECT_EQ(slots_->free_count(), 1u);
}

TEST_F(DepositTableTest, WhatEndedIsPushedOutBeforeWhatIsHeld) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("a", "2"));
  table_.End(*table_.Find("a", "2"), CvvState::kConsumed, now_);
  ASSERT_TRUE(Add("a", "3"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kHeld);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kNone);
}

TEST_F(DepositTableTest, WhatIsLeasedIsNeverPushedOut) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("a", "2"));
  table_.Find("a", "1")->state = CvvState::kLeased;
  ASSERT_TRUE(Add("a", "3"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kLeased);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kNone);
  table_.Find("a", "3")->state = CvvState::kLeased;
  EXPECT_FALSE(Add("a", "4"));
}

TEST_F(DepositTableTest, FullTableTakesOnlyInPlaceOfTheSameTokens) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("b", "2"));
  ASSERT_TRUE(Add("c", "3"));
  EXPECT_FALSE(Add("d", "4"));
  ASSERT_TRUE(Add("b", "5"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kHeld);
  EXPECT_EQ(StateOf("b", "2"), CvvState::kNone);
  EXPECT_EQ(StateOf("b", "5"), CvvState::kHeld);
}

TEST_F(DepositTableTest, EndWipesTheSlot) {
  ASSERT_TRUE(Add("a", "1"));
  const LockedSlots::Slot slot = table_.Find("a", "1")->slot;
  table_.End(*table_.Find("a", "1"), CvvState::kConsumed, now_);
  EXPECT_EQ(slots_->View(slot), absl::string_view("\0\0\0\0", 4));
  EXPECT_EQ(slots_->free_count(), 3u);
}

TEST_F(DepositTableTest, SweepEndsWhatExpiredHeldOrLeased) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("b", "2"));
  table_.Find("b", "2")->state = CvvState::kLeased;
  now_ += absl::Minutes(1);
  ASSERT_TRUE(Add("c", "3"));
  now_ += kLife - absl::Minutes(1);
  table_.Sweep(now_);
  EXPECT_EQ(StateOf("a", "1"), CvvState::kExpired);
  EXPECT_EQ(StateOf("b", "2"), CvvState::kExpired);
  EXPECT_EQ(StateOf("c", "3"), CvvState::kHeld);
  EXPECT_EQ(slots_->free_count(), 2u);
}

TEST_F(DepositTableTest, EndedOnesAreForgottenInTime) {
  ASSERT_TRUE(Add("a", "1"));
  table_.End(*table_.Find("a", "1"), CvvState::kConsumed, now_);
  now_ += kMemory - absl::Nanoseconds(1);
  table_.Sweep(now_);
  EXPECT_EQ(StateOf("a", "1"), CvvState::kConsumed);
  now_ += absl::Nanoseconds(1);
  table_.Sweep(now_);
  EXPECT_EQ(StateOf("a", "1"), CvvState::kNone);
}

TEST_F(DepositTableTest, RememberedEndedOnesAreBounded) {
  for (const char* const token : {"a", "b", "c"}) {
    ASSERT_TRUE(Add(token, "1"));
    table_.End(*table_.Find(token, "1"), CvvState::kConsumed, now_);
  }
  EXPECT_EQ(StateOf("a", "1"), CvvState::kNone);
  EXPECT_EQ(StateOf("b", "1"), CvvState::kConsumed);
  EXPECT_EQ(StateOf("c", "1"), CvvState::kConsumed);
}

TEST_F(DepositTableTest, ForgetLeavesOtherTokensAlone) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("a", "2"));
  ASSERT_TRUE(Add("b", "3"));
  table_.End(*table_.Find("a", "2"), CvvState::kConsumed, now_);
  table_.Forget("a");
  table_.Forget("never");
  EXPECT_EQ(StateOf("a", "1"), CvvState::kNone);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kNone);
  EXPECT_EQ(StateOf("b", "3"), CvvState::kHeld);
  EXPECT_EQ(slots_->free_count(), 2u);
}

TEST_F(DepositTableTest, OfShowsOneMerchantsOnly) {
  ASSERT_TRUE(Add("a", "1"));
  const MerchantId other = *MerchantId::Parse("kiosk", "merchant");
  EXPECT_EQ(table_.Of(merchant_, "a").size(), 1u);
  EXPECT_TRUE(table_.Of(other, "a").empty());
}

}  // namespace
}  // namespace cardvault
