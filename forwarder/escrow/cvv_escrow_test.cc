#include "forwarder/escrow/cvv_escrow.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/error_reason.h"
#include "base/id.h"
#include "card/brand.h"
#include "card/sad/cvv.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow_fixture.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class CvvEscrowTest : public CvvEscrowFixture {};

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

TEST_F(CvvEscrowTest, FindHeldIsTheNewestThatIsHeld) {
  const auto found = [&] { return escrow_->FindHeld(merchant_, token_); };
  EXPECT_FALSE(found().has_value());
  const CvvDeposit first = Deposit("111");
  clock_.Advance(absl::Minutes(1));
  const CvvDeposit second = Deposit("222");
  ASSERT_TRUE(found().has_value());
  EXPECT_EQ(found()->cvv_id, second.cvv_id);
  EXPECT_EQ(found()->held_until, second.held_until);
  EXPECT_FALSE(escrow_->FindHeld(other_merchant_, token_).has_value());
  const auto lease = Lease();
  ASSERT_TRUE(found().has_value());
  EXPECT_EQ(found()->cvv_id, first.cvv_id);
  clock_.Advance(kDefaultCvvLife - absl::Minutes(1));  // nobody has swept yet
  EXPECT_FALSE(found().has_value());
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

TEST_F(CvvEscrowTest, WipeAllForgetsEveryDepositAndWhatIsLeased) {
  Deposit("111");
  auto lease = Lease();
  ASSERT_THAT(escrow_->Deposit(merchant_, other_token_, *Cvv::Parse("333", Brand::kUnknown)),
              IsOk());
  escrow_->WipeAll();
  EXPECT_THAT(lease->Open(), IsRequired());
  lease->GiveBack();
  EXPECT_EQ(State(), CvvState::kNone);
  EXPECT_EQ(escrow_->StatusOf(merchant_, other_token_).state, CvvState::kNone);
  Deposit("222");
  EXPECT_EQ(State(), CvvState::kHeld);
}

TEST_F(CvvEscrowTest, OneMerchantCannotKeepOthersOut) {
  std::array<char, Token::kBinarySize> binary{};
  const auto greedy = [&](size_t number) {
    binary[1] = static_cast<char>(number);
    binary[2] = static_cast<char>(number >> 8);
    return Token::FromBinary(VaultMode::kSandbox, binary);
  };
  for (size_t i = 0; i < kMaxDeposits; ++i) {
    ASSERT_THAT(escrow_->Deposit(other_merchant_, greedy(i), *Cvv::Parse("123", Brand::kUnknown)),
                IsOk());
  }
  Deposit("456");
  EXPECT_EQ(State(), CvvState::kHeld);
  EXPECT_EQ(escrow_->StatusOf(other_merchant_, greedy(0)).state, CvvState::kNone);
  EXPECT_EQ(escrow_->StatusOf(other_merchant_, greedy(1)).state, CvvState::kHeld);

  // More of the same merchant pushes its own out, not the other's.
  ASSERT_THAT(escrow_->Deposit(other_merchant_, greedy(0), *Cvv::Parse("123", Brand::kUnknown)),
              IsOk());
  EXPECT_EQ(escrow_->StatusOf(other_merchant_, greedy(1)).state, CvvState::kNone);
  EXPECT_TRUE(OpensTo(*Lease(), "456"));
}

}  // namespace
}  // namespace cardvault
