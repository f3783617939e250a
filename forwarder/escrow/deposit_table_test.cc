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
    return Add(merchant_, token, cvv_id);
  }
  bool Add(const MerchantId& merchant, const std::string& token, const std::string& cvv_id) {
    if (!table_.MakeRoom(merchant, token)) return false;
    DepositEntry deposit(merchant, token, cvv_id);
    deposit.expires = now_ + kLife;
    table_.Add(std::move(deposit), "code");
    return true;
  }
  CvvState StateOf(const std::string& token, const std::string& cvv_id) {
    const DepositEntry* const found = table_.Find(token, cvv_id);
    return found == nullptr ? CvvState::kNone : found->state;
  }

  const MerchantId merchant_ = *MerchantId::Parse("shop", "merchant");
  const MerchantId other_ = *MerchantId::Parse("kiosk", "merchant");
  const MerchantId third_ = *MerchantId::Parse("stall", "merchant");
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
  table_.Lease(*table_.Find("a", "1"));
  ASSERT_TRUE(Add("a", "3"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kLeased);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kNone);
  table_.Lease(*table_.Find("a", "3"));
  EXPECT_FALSE(Add("a", "4"));
}

TEST_F(DepositTableTest, FullTableReplacesWhatTheSameTokenHolds) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("b", "2"));
  ASSERT_TRUE(Add("c", "3"));
  ASSERT_TRUE(Add("b", "5"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kHeld);
  EXPECT_EQ(StateOf("b", "2"), CvvState::kNone);
  EXPECT_EQ(StateOf("b", "5"), CvvState::kHeld);
}

TEST_F(DepositTableTest, FullTableTakesFromTheMerchantThatHoldsMost) {
  ASSERT_TRUE(Add(other_, "x", "1"));
  ASSERT_TRUE(Add("a", "2"));
  ASSERT_TRUE(Add("b", "3"));
  ASSERT_TRUE(Add(third_, "y", "4"));
  EXPECT_EQ(StateOf("x", "1"), CvvState::kHeld);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kNone);
  EXPECT_EQ(StateOf("b", "3"), CvvState::kHeld);
  EXPECT_EQ(StateOf("y", "4"), CvvState::kHeld);
}

TEST_F(DepositTableTest, LargestMerchantReplacesItsOwn) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add(other_, "x", "2"));
  ASSERT_TRUE(Add("b", "3"));
  ASSERT_TRUE(Add("c", "4"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kNone);
  EXPECT_EQ(StateOf("x", "2"), CvvState::kHeld);
}

TEST_F(DepositTableTest, MerchantThatHoldsAsMuchAsAnyReplacesItsOwn) {
  ASSERT_TRUE(Add(other_, "x", "1"));
  ASSERT_TRUE(Add("a", "2"));
  ASSERT_TRUE(Add(third_, "y", "3"));
  ASSERT_TRUE(Add("b", "4"));
  EXPECT_EQ(StateOf("x", "1"), CvvState::kHeld);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kNone);
  EXPECT_EQ(StateOf("y", "3"), CvvState::kHeld);
}

// What is leased, ended, expired or forgotten counts no more.
TEST_F(DepositTableTest, OnlyWhatIsHeldIsCountedAndTaken) {
  ASSERT_TRUE(Add("a", "1"));
  ASSERT_TRUE(Add("b", "2"));
  ASSERT_TRUE(Add(other_, "x", "3"));
  table_.Lease(*table_.Find("a", "1"));
  table_.Lease(*table_.Find("b", "2"));
  ASSERT_TRUE(Add("c", "4"));  // the other one holds most, of all that can be taken
  EXPECT_EQ(StateOf("a", "1"), CvvState::kLeased);
  EXPECT_EQ(StateOf("b", "2"), CvvState::kLeased);
  EXPECT_EQ(StateOf("x", "3"), CvvState::kNone);

  table_.Lease(*table_.Find("c", "4"));
  EXPECT_FALSE(Add(other_, "x", "5"));
  table_.GiveBack(*table_.Find("b", "2"));
  ASSERT_TRUE(Add(other_, "x", "6"));
  EXPECT_EQ(StateOf("b", "2"), CvvState::kNone);

  table_.Forget("x");
  table_.End(*table_.Find("a", "1"), CvvState::kConsumed, now_);
  ASSERT_TRUE(Add("d", "7"));
  ASSERT_TRUE(Add(third_, "y", "8"));
  now_ += kLife;
  table_.Sweep(now_);
  for (const char* const token : {"e", "f", "g"}) ASSERT_TRUE(Add(third_, token, "9"));
  ASSERT_TRUE(Add("h", "10"));
  EXPECT_EQ(StateOf("e", "9"), CvvState::kNone);
  EXPECT_EQ(slots_->free_count(), 0u);
}

// The token has two places, one of them with an ended deposit, and the table has no slot.
TEST_F(DepositTableTest, FullTokenInAFullTableNeedsAPlaceAndASlot) {
  ASSERT_TRUE(Add("a", "1"));
  table_.End(*table_.Find("a", "1"), CvvState::kConsumed, now_);
  ASSERT_TRUE(Add("a", "2"));
  table_.Lease(*table_.Find("a", "2"));
  ASSERT_TRUE(Add("b", "3"));
  ASSERT_TRUE(Add(other_, "x", "4"));
  ASSERT_TRUE(Add("a", "5"));
  EXPECT_EQ(StateOf("a", "1"), CvvState::kNone);
  EXPECT_EQ(StateOf("a", "2"), CvvState::kLeased);
  EXPECT_EQ(StateOf("b", "3"), CvvState::kNone);
  EXPECT_EQ(StateOf("x", "4"), CvvState::kHeld);
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
  table_.Lease(*table_.Find("b", "2"));
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
  EXPECT_EQ(table_.Of(merchant_, "a").size(), 1u);
  EXPECT_TRUE(table_.Of(other_, "a").empty());
}

}  // namespace
}  // namespace cardvault
