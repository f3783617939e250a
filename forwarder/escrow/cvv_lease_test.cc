#include <atomic>
#include <optional>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "card/brand.h"
#include "card/sad/cvv.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/escrow/cvv_escrow_fixture.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class CvvLeaseTest : public CvvEscrowFixture {};

TEST_F(CvvLeaseTest, LeaseOpensTheNamedOrTheNewestHeld) {
  const CvvDeposit first = Deposit("111");
  Deposit("222");
  Deposit("3333");
  const auto newest = Lease();
  ASSERT_THAT(newest, IsOk());
  EXPECT_TRUE(OpensTo(*newest, "3333"));
  const auto named = Lease(first.cvv_id);
  ASSERT_THAT(named, IsOk());
  EXPECT_TRUE(OpensTo(*named, "111"));
  const auto left = Lease();
  ASSERT_THAT(left, IsOk());
  EXPECT_TRUE(OpensTo(*left, "222"));
  EXPECT_EQ(State(), CvvState::kLeased);
  EXPECT_THAT(Lease(), IsRequired());
}

TEST_F(CvvLeaseTest, ConsumedIsGoneAndRemembered) {  // S2
  const CvvDeposit deposit = Deposit("123");
  auto lease = Lease();
  ASSERT_THAT(lease, IsOk());
  lease->Consume();
  EXPECT_EQ(State(), CvvState::kConsumed);
  EXPECT_THAT(lease->Open(), IsRequired());
  EXPECT_THAT(Lease(deposit.cvv_id), IsRequired());
  lease->GiveBack();  // too late
  EXPECT_EQ(State(), CvvState::kConsumed);
  clock_.Advance(kEndedDepositMemory);
  escrow_->Sweep();
  EXPECT_EQ(State(), CvvState::kNone);
}

TEST_F(CvvLeaseTest, DestroyedLeaseConsumes) {
  Deposit("123");
  { const auto lease = Lease(); }
  EXPECT_EQ(State(), CvvState::kConsumed);
}

TEST_F(CvvLeaseTest, MovedLeaseConsumesOnce) {
  Deposit("123");
  std::optional<CvvLease> kept;
  {
    CvvLease lease = *Lease();
    kept = std::move(lease);
  }
  EXPECT_EQ(State(), CvvState::kLeased);
  EXPECT_TRUE(OpensTo(*kept, "123"));
  CvvLease last = *std::move(kept);
  kept.reset();
  EXPECT_EQ(State(), CvvState::kLeased);
  Deposit("456");
  last = *Lease();  // lets go of the first
  EXPECT_TRUE(OpensTo(last, "456"));
}

TEST_F(CvvLeaseTest, GiveBackKeepsTheRemainingTime) {
  const CvvDeposit deposit = Deposit("123");
  auto lease = Lease();
  clock_.Advance(absl::Minutes(10));
  lease->GiveBack();
  const CvvStatus status = escrow_->StatusOf(merchant_, token_);
  EXPECT_EQ(status.state, CvvState::kHeld);
  EXPECT_EQ(status.held_until, deposit.held_until);
  clock_.Advance(absl::Minutes(5) - absl::Nanoseconds(1));
  EXPECT_TRUE(OpensTo(*Lease(), "123"));
}

TEST_F(CvvLeaseTest, ExpiresUnderALease) {  // S2
  Deposit("123");
  auto lease = Lease();
  clock_.Advance(kDefaultCvvLife);
  EXPECT_EQ(State(), CvvState::kExpired);
  EXPECT_THAT(lease->Open(), IsExpired());
  lease->GiveBack();
  EXPECT_EQ(State(), CvvState::kExpired);
}

TEST_F(CvvLeaseTest, OneOfManyConcurrentLeasesWins) {
  constexpr int kRounds = 200;
  constexpr int kThreads = 4;
  for (int round = 0; round < kRounds; ++round) {
    const CvvDeposit deposit = Deposit("123");
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, by_name = i % 2 == 0] {
        const auto lease = Lease(by_name ? deposit.cvv_id : "");
        if (lease.ok() && OpensTo(*lease, "123")) {
          ++winners;
        } else if (!lease.ok()) {
          EXPECT_THAT(lease, IsRequired());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
  }
}

TEST_F(CvvLeaseTest, ThreadsMayDoEverythingAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 300; ++round) {
        const Token& token = round % 2 == 0 ? token_ : other_token_;
        if (auto cvv = Cvv::Parse("123", Brand::kUnknown); cvv.ok()) {
          (void)escrow_->Deposit(merchant_, token, *std::move(cvv));
        }
        auto lease = escrow_->Lease(merchant_, token, "");
        if (lease.ok()) {
          (void)lease->Open();
          if (round % 3 == 0) lease->GiveBack();
        }
        (void)escrow_->StatusOf(merchant_, token);
        if (round % 50 == i) escrow_->Wipe(token);
        if (round % 20 == i) clock_.Advance(absl::Minutes(1));
        if (round % 30 == i) escrow_->Sweep();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  escrow_->Wipe(token_);
  escrow_->Wipe(other_token_);
  EXPECT_EQ(State(), CvvState::kNone);
}

}  // namespace
}  // namespace cardvault
