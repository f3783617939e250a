#ifndef CARDVAULT_FORWARDER_ESCROW_CVV_ESCROW_FIXTURE_H_
#define CARDVAULT_FORWARDER_ESCROW_CVV_ESCROW_FIXTURE_H_

#include <array>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/testing/fake_clock.h"
#include "card/brand.h"
#include "card/sad/access/sad_access.h"
#include "card/sad/cvv.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {

inline Token MakeEscrowToken(char seed) {
  std::array<char, Token::kBinarySize> binary{};
  binary.fill(seed);
  return Token::FromBinary(VaultMode::kSandbox, binary);
}

// An escrow with one merchant and two tokens of its.
class CvvEscrowFixture : public ::testing::Test {
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
  const Token token_ = MakeEscrowToken('a');
  const Token other_token_ = MakeEscrowToken('b');
  FakeClock clock_;
  std::unique_ptr<CvvEscrow> escrow_ = *CvvEscrow::Create(clock_, kDefaultCvvLife);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_CVV_ESCROW_FIXTURE_H_
