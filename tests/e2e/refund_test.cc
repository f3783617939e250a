// Refund through a real server: what may go back, what became of a refund, and what is refused
// before anything is sent.

#include <gtest/gtest.h>

#include <string>

#include "card/test_pans.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/sandbox_outbox.h"

namespace cardvault::testing {
namespace {

constexpr int kSlowMillis = 6000;

class RefundTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage(kSlowMillis);
    stage_->AddPraxisRoute("praxis", kImpatient);
    stage_->AddPraxisRoute("praxis-asked", kAskedSoon);
    stage_->AddH2hRoute("h2h", kImpatient);
  }
  static void TearDownTestSuite() { delete stage_; }

  static int Port() { return stage_->Port("praxis"); }

  // An approved sale.
  static v1::Payment Sale(const std::string& id, int64_t amount,
                          const std::string& route = "praxis") {
    v1::Payment sale = stage_->Pay(PayInOf(route, id, stage_->Token(id), amount));
    EXPECT_EQ(StateName(sale), "APPROVED");
    return sale;
  }

  static void ExpectRefused(const v1::RefundRequest& request, grpc::StatusCode code,
                            const std::string& reason) {
    const PaymentAnswer refused = stage_->Try(request);
    EXPECT_EQ(refused.code, code) << reason;
    EXPECT_EQ(refused.reason, reason);
    EXPECT_EQ(stage_->sandbox().Order(Port(), request.payment_id()).posts, 0);
  }

  static PaymentStage* stage_;
};

PaymentStage* RefundTest::stage_ = nullptr;

TEST_F(RefundTest, GoesBackInPartsAndNeverAboveTheSum) {
  const v1::Payment sale = Sale("parts", 1500);
  const v1::Payment first = stage_->Pay(RefundOf("parts", "parts-1", 500));
  EXPECT_EQ(StateName(first), "APPROVED") << first.error_text();
  EXPECT_EQ(first.kind(), v1::PAYMENT_KIND_REFUND);
  EXPECT_EQ(first.original_payment_id(), "parts");
  EXPECT_EQ(first.token(), sale.token());
  EXPECT_EQ(first.route(), "praxis");
  EXPECT_EQ(first.currency(), "USD");
  ExpectRefused(RefundOf("parts", "parts-2", 1001), grpc::StatusCode::FAILED_PRECONDITION,
                "REFUND_TOO_LARGE");
  EXPECT_EQ(StateName(stage_->Pay(RefundOf("parts", "parts-2", 1000))), "APPROVED");
  ExpectRefused(RefundOf("parts", "parts-3", 1), grpc::StatusCode::FAILED_PRECONDITION,
                "REFUND_TOO_LARGE");
  // Asked again it answers the same.
  EXPECT_EQ(StateName(stage_->Pay(RefundOf("parts", "parts-1", 500))), "APPROVED");
  EXPECT_EQ(stage_->sandbox().Order(Port(), "parts-1").posts, 1);
}

TEST_F(RefundTest, ADeclinedRefundGivesItsPartBack) {
  Sale("declined", 200'000);
  ASSERT_EQ(StateName(stage_->Pay(RefundOf("declined", "declined-1", 70001))), "PENDING");
  ExpectRefused(RefundOf("declined", "declined-2", 130'000), grpc::StatusCode::FAILED_PRECONDITION,
                "REFUND_TOO_LARGE");
  SandboxOutbox(stage_->sandbox(), Port()).Settle("declined-1", "declined");
  EXPECT_EQ(StateName(stage_->Get("declined-1", /*refresh=*/true)), "DECLINED");
  EXPECT_EQ(StateName(stage_->Pay(RefundOf("declined", "declined-2", 200'000))), "APPROVED");
}

TEST_F(RefundTest, OutcomesThatAreNotKnownAreInDoubtAndPostedOnce) {
  Sale("doubts", 2'000'000);
  for (const int64_t amount :
       {70003, 70004, 70005, 70006, 70008, 70009, 70010, 70011, 70012, 70013, 70014, 70017}) {
    SCOPED_TRACE(amount);
    const std::string id = "doubts-" + std::to_string(amount);
    EXPECT_EQ(StateName(stage_->Pay(RefundOf("doubts", id, amount))), "IN_DOUBT");
    EXPECT_EQ(stage_->sandbox().Order(Port(), id).posts, 1);
  }
  EXPECT_EQ(stage_->sandbox().Total(Port()).double_posts, 0);
}

// What may have gone back is not given twice, and the reconciler finds out.
TEST_F(RefundTest, InDoubtItHoldsItsPartUntilItIsFoundOut) {
  Sale("doubt", 100'000, "praxis-asked");
  const v1::Payment refund = stage_->Pay(RefundOf("doubt", "doubt-1", 70004));
  EXPECT_EQ(StateName(refund), "IN_DOUBT");
  ExpectRefused(RefundOf("doubt", "doubt-2", 70004), grpc::StatusCode::FAILED_PRECONDITION,
                "REFUND_TOO_LARGE");
  stage_->AwaitState("doubt-1", v1::PAYMENT_STATE_APPROVED);
  EXPECT_EQ(StateName(stage_->Pay(RefundOf("doubt", "doubt-2", 29'996))), "APPROVED");
}

TEST_F(RefundTest, OnlyAnApprovedPayInOfOnesOwnIsRefunded) {
  ASSERT_EQ(StateName(stage_->Pay(PayInOf("praxis", "no", stage_->Token("no", "000"), 1500))),
            "DECLINED");
  ExpectRefused(RefundOf("no", "no-1", 100), grpc::StatusCode::FAILED_PRECONDITION,
                "NOT_REFUNDABLE");
  ASSERT_EQ(StateName(stage_->Pay(PayOutOf("praxis", "out", stage_->Token("out", ""), 1500))),
            "APPROVED");
  ExpectRefused(RefundOf("out", "out-1", 100), grpc::StatusCode::FAILED_PRECONDITION,
                "NOT_REFUNDABLE");
  ExpectRefused(RefundOf("never", "never-1", 100), grpc::StatusCode::NOT_FOUND,
                "PAYMENT_NOT_FOUND");
  Sale("mine", 1500);
  Call call;
  v1::RefundResponse response;
  const auto other = stage_->vault().Pay("refund", kOtherMerchant);
  EXPECT_EQ(other->Refund(call, RefundOf("mine", "theirs", 100), &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(call.reason(), "PAYMENT_NOT_FOUND");
}

TEST_F(RefundTest, H2hOffersNone) {
  Sale("h2h-sale", 1500, "h2h");
  const PaymentAnswer refused = stage_->Try(RefundOf("h2h-sale", "h2h-refund", 100));
  EXPECT_EQ(refused.code, grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(refused.reason, "NOT_OFFERED");
}

TEST_F(RefundTest, TheCardOfTheSaleOrNone) {
  const v1::Payment changed = Sale("changed", 1500);
  Call replace_call;
  v1::ReplacePanRequest replace;
  replace.set_token(changed.token());
  replace.set_request_id("replace-1");
  *replace.mutable_card() = TokenizeOf("", std::string(kMastercardTestPan), "").card();
  v1::ReplacePanResponse replaced;
  const grpc::Status status =
      stage_->vault().Ingest()->ReplacePan(replace_call, replace, &replaced);
  ASSERT_TRUE(status.ok()) << status.error_message() << replace_call.field();
  ExpectRefused(RefundOf("changed", "changed-1", 100), grpc::StatusCode::FAILED_PRECONDITION,
                "CARD_CHANGED");

  const v1::Payment gone = Sale("gone", 1500);
  Call delete_call;
  v1::DeleteTokenRequest remove;
  remove.set_token(gone.token());
  v1::DeleteTokenResponse removed;
  ASSERT_TRUE(stage_->vault().Tokens()->DeleteToken(delete_call, remove, &removed).ok());
  ExpectRefused(RefundOf("gone", "gone-1", 100), grpc::StatusCode::FAILED_PRECONDITION,
                "CARD_GONE");
}

}  // namespace
}  // namespace cardvault::testing
