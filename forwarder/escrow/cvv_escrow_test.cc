#include "forwarder/escrow/cvv_escrow.h"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "base/error_reason.h"
#include "base/id.h"
#include "base/testing/fake_clock.h"
#include "card/brand.h"
#include "card/sad/access/sad_access.h"
#include "card/sad/cvv.h"
#include "card/token.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

Token MakeToken(char seed) {
  std::array<char, Token::kBinarySize> binary{};
  binary.fill(seed);
  return Token::FromBinary(VaultMode::kSandbox, binary);
}

class CvvEscrowTest : public ::testing::Test {
 protected:
  CvvDeposit Deposit(absl::string_view digits) {
    auto deposit = escrow_->Deposit(merchant_, token_, *Cvv::Parse(digits, Brand::kUnknown));
    EXPECT_THAT(deposit, IsOk());
    return *std::move(deposit);
  }
  absl::StatusOr<CvvLease> Lease(absl::string_view cvv_id = "") {
    return escrow_->Lease(merchant_, token_, cvv_id);
  }
  CvvState State() const { return escrow_->StatusOf(merchant_, token_).state; }

  static auto IsRequired() {
    return StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired);
  }
  static auto IsExpired() {
    return StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvExpired);
  }
  // Whether the lease opens to these digits.
  static bool OpensTo(const CvvLease& lease, absl::string_view digits) {
    const absl::StatusOr<Cvv> cvv = lease.Open();
    return cvv.ok() && cvv->Reveal(SadAccess::Token()) == digits;
  }

  const MerchantId merchant_ = *MerchantId::Parse("shop", "merchant");
  const MerchantId other_merchant_ = *MerchantId::Parse("kiosk", "merchant");
  const Token token_ = MakeToken('a');
  const Token other_token_ = MakeToken('b');
  FakeClock clock_;
  std::unique_ptr<CvvEscrow> escrow_ = *CvvEscrow::Create(clock_, kDefaultCvvLife);
};

TEST_F(CvvEscrowTest, DepositIsHeldForItsLife) {
  const CvvDeposit deposit = Deposit("123");
  EXPECT_EQ(deposit.cvv_id.size(), 30u);
  EXPECT_EQ(deposit.cvv_id.substr(0, 4), "cvv_");
  EXPECT_EQ(deposit.held_until, clock_.Now() + kDefaultCvvLife);
  const CvvStatus status = escrow_->StatusOf(merchant_, token_);
  EXPECT_EQ(status.state, CvvState::kHeld);
  EXPECT_EQ(status.held_until, deposit.held_until);
}

TEST_F(CvvEscrowTest, NothingDepositedIsNone) {
  EXPECT_EQ(State(), CvvState::kNone);
  EXPECT_THAT(Lease(), IsRequired());
  EXPECT_THAT(Lease("cvv_none"), IsRequired());
}

TEST_F(CvvEscrowTest, LeaseOpensTheNamedOrTheNewestHeld) {
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

TEST_F(CvvEscrowTest, AnotherTokensOrMerchantsDepositIsNotFound) {
  const CvvDeposit deposit = Deposit("123");
  EXPECT_THAT(escrow_->Lease(merchant_, other_token_, deposit.cvv_id), IsRequired());
  EXPECT_THAT(escrow_->Lease(other_merchant_, token_, deposit.cvv_id), IsRequired());
  EXPECT_THAT(escrow_->Lease(other_merchant_, token_, ""), IsRequired());
  EXPECT_EQ(escrow_->StatusOf(other_merchant_, token_).state, CvvState::kNone);
  EXPECT_EQ(State(), CvvState::kHeld);
}

TEST_F(CvvEscrowTest, FifthDepositPushesTheOldestOut) {
  const CvvDeposit first = Deposit("000");
  const CvvDeposit second = Deposit("111");
  Deposit("222");
  Deposit("333");
  Deposit("444");
  EXPECT_THAT(Lease(first.cvv_id), IsRequired());
  EXPECT_THAT(Lease(second.cvv_id), IsOk());
}

TEST_F(CvvEscrowTest, FifthDepositIsRefusedWhileFourAreLeased) {
  std::vector<CvvLease> leases;
  for (int i = 0; i < 4; ++i) {
    Deposit("123");
    leases.push_back(*Lease());
  }
  EXPECT_THAT(escrow_->Deposit(merchant_, token_, *Cvv::Parse("123", Brand::kUnknown)),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  leases.pop_back();  // consumes it
  Deposit("456");
  EXPECT_TRUE(OpensTo(*Lease(), "456"));
}

TEST_F(CvvEscrowTest, ConsumedIsGoneAndRemembered) {  // S2
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

TEST_F(CvvEscrowTest, DestroyedLeaseConsumes) {
  Deposit("123");
  { const auto lease = Lease(); }
  EXPECT_EQ(State(), CvvState::kConsumed);
}

TEST_F(CvvEscrowTest, MovedLeaseConsumesOnce) {
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

TEST_F(CvvEscrowTest, GiveBackKeepsTheRemainingTime) {
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

TEST_F(CvvEscrowTest, ExpiresAtTheEndOfItsLife) {
  const CvvDeposit deposit = Deposit("123");
  clock_.Advance(kDefaultCvvLife);
  EXPECT_EQ(State(), CvvState::kExpired);
  EXPECT_THAT(Lease(), IsExpired());
  EXPECT_THAT(Lease(deposit.cvv_id), IsExpired());
  Deposit("456");
  EXPECT_EQ(State(), CvvState::kHeld);
  EXPECT_THAT(Lease(deposit.cvv_id), IsExpired());
}

TEST_F(CvvEscrowTest, ExpiresUnderALease) {  // S2
  Deposit("123");
  auto lease = Lease();
  clock_.Advance(kDefaultCvvLife);
  EXPECT_EQ(State(), CvvState::kExpired);
  EXPECT_THAT(lease->Open(), IsExpired());
  lease->GiveBack();
  EXPECT_EQ(State(), CvvState::kExpired);
}

TEST_F(CvvEscrowTest, SteppedWallClockDoesNotLengthenTheLife) {
  Deposit("123");
  clock_.SetNow(clock_.Now() - absl::Hours(24));
  clock_.SetSinceBoot(clock_.SinceBoot() + kDefaultCvvLife);  // a suspended night counts
  EXPECT_EQ(State(), CvvState::kExpired);
  EXPECT_THAT(Lease(), IsExpired());
}

TEST_F(CvvEscrowTest, SteppedWallClockDoesNotShortenTheLife) {
  Deposit("123");
  clock_.SetNow(clock_.Now() + absl::Hours(24));
  const CvvStatus status = escrow_->StatusOf(merchant_, token_);
  EXPECT_EQ(status.state, CvvState::kHeld);
  EXPECT_EQ(status.held_until, clock_.Now() + kDefaultCvvLife);
}

TEST_F(CvvEscrowTest, HeldWinsOverANewerThatIsSpent) {
  Deposit("111");
  Deposit("222");
  Lease()->Consume();
  EXPECT_EQ(State(), CvvState::kHeld);
  EXPECT_TRUE(OpensTo(*Lease(), "111"));
}

TEST_F(CvvEscrowTest, WipeForgetsAllOfOneToken) {
  Deposit("111");
  auto lease = Lease();
  Deposit("222");
  ASSERT_THAT(escrow_->Deposit(merchant_, other_token_, *Cvv::Parse("333", Brand::kUnknown)),
              IsOk());
  escrow_->Wipe(token_);
  EXPECT_EQ(State(), CvvState::kNone);
  EXPECT_THAT(lease->Open(), IsRequired());
  lease->GiveBack();
  EXPECT_EQ(State(), CvvState::kNone);
  EXPECT_EQ(escrow_->StatusOf(merchant_, other_token_).state, CvvState::kHeld);
}

TEST_F(CvvEscrowTest, FullEscrowRefusesOtherTokens) {
  std::array<char, Token::kBinarySize> binary{};
  for (size_t i = 0; i < kMaxDeposits; ++i) {
    binary[1] = static_cast<char>(i);
    binary[2] = static_cast<char>(i >> 8);
    ASSERT_THAT(escrow_->Deposit(merchant_, Token::FromBinary(VaultMode::kSandbox, binary),
                                 *Cvv::Parse("123", Brand::kUnknown)),
                IsOk());
  }
  EXPECT_THAT(escrow_->Deposit(merchant_, token_, *Cvv::Parse("123", Brand::kUnknown)),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  clock_.Advance(kDefaultCvvLife);  // expired ones make room by themselves
  Deposit("123");
  EXPECT_EQ(State(), CvvState::kHeld);
}

TEST_F(CvvEscrowTest, OneOfManyConcurrentLeasesWins) {
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

TEST_F(CvvEscrowTest, ThreadsMayDoEverythingAtOnce) {
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
