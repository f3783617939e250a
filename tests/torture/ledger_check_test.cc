#include "tests/torture/ledger_check.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cardvault::torture {
namespace {

using Kind = Finding::Kind;

class LedgerCheckTest : public ::testing::Test {
 protected:
  LedgerCheckTest() {
    PlannedPayment planned;
    planned.id = "pay-1";
    planned.route = "h2h";
    planned.amount = 1500;
    accounts_.planned.push_back(planned);
    accounts_.acknowledged.insert("pay-1");
    Record(planned, v1::PAYMENT_STATE_APPROVED);
    Book("pay-1", "success", 1500);
  }

  PlannedPayment& planned() { return accounts_.planned[0]; }
  v1::Payment& record() { return accounts_.ledger["pay-1"]; }
  BookedOrder& order() { return accounts_.booked["pay-1"]; }

  void Record(const PlannedPayment& planned, v1::PaymentState state) {
    v1::Payment& payment = accounts_.ledger[planned.id];
    payment.set_payment_id(planned.id);
    payment.set_kind(planned.kind);
    payment.set_route(planned.route);
    payment.set_amount(planned.amount);
    payment.set_currency("USD");
    payment.set_original_payment_id(planned.original_id);
    payment.set_state(state);
  }
  void Book(const std::string& id, const std::string& word, int64_t amount) {
    accounts_.booked[id] = {1, true, word, amount, std::nullopt, 0};
  }
  void NeverBooked(int posts) { order() = {posts, false, "", 0, std::nullopt, 0}; }

  // A refund of pay-1 that the gateway booked, too.
  void AddRefund(const std::string& id, int64_t amount) {
    PlannedPayment refund = planned();
    refund.id = id;
    refund.kind = v1::PAYMENT_KIND_REFUND;
    refund.original_id = "pay-1";
    refund.amount = amount;
    accounts_.planned.push_back(refund);
    Record(refund, v1::PAYMENT_STATE_APPROVED);
    Book(id, "approved", amount);
  }

  void ExpectFine() { EXPECT_TRUE(CheckLedger(accounts_).empty()); }
  void ExpectFinding(Kind kind, bool may_pass = false) {
    const std::vector<Finding> found = CheckLedger(accounts_);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, kind) << found[0].text;
    EXPECT_EQ(found[0].may_pass, may_pass) << found[0].text;
    EXPECT_NE(found[0].text.find("pay-1"), std::string::npos) << found[0].text;
  }

  Accounts accounts_;
};

TEST_F(LedgerCheckTest, AgreementIsFine) { ExpectFine(); }

TEST_F(LedgerCheckTest, SecondPostIsPostedTwiceWhateverTheLedgerSays) {
  order().posts = 2;
  ExpectFinding(Kind::kPostedTwice);
}

TEST_F(LedgerCheckTest, DenialOfABookedPaymentIsALoss) {
  for (const v1::PaymentState state :
       {v1::PAYMENT_STATE_NOT_SENT, v1::PAYMENT_STATE_NOT_RECEIVED, v1::PAYMENT_STATE_REJECTED}) {
    record().set_state(state);
    ExpectFinding(Kind::kLost);
  }
}

TEST_F(LedgerCheckTest, WhatTheLedgerDoesNotHaveIsALoss) {
  accounts_.ledger.clear();
  ExpectFinding(Kind::kLost);  // acknowledged
  accounts_.acknowledged.clear();
  ExpectFinding(Kind::kLost, /*may_pass=*/true);  // posted, by a caller that may be ahead
  accounts_.booked.clear();
  ExpectFine();  // never accepted
}

TEST_F(LedgerCheckTest, OtherEndIsWrongAndAnOpenOneMayPass) {
  order().state = "decline";
  ExpectFinding(Kind::kWrong);
  record().set_state(v1::PAYMENT_STATE_DECLINED);
  ExpectFine();
  record().set_state(v1::PAYMENT_STATE_IN_DOUBT);
  ExpectFinding(Kind::kWrong, /*may_pass=*/true);
  order().state = "processing";
  ExpectFinding(Kind::kWrong, /*may_pass=*/true);
  record().set_state(v1::PAYMENT_STATE_REDIRECT_REQUIRED);
  ExpectFine();
  record().set_state(v1::PAYMENT_STATE_APPROVED);
  ExpectFinding(Kind::kWrong);
}

TEST_F(LedgerCheckTest, ErrorEndsPayInsAlone) {
  order().state = "error";
  record().set_state(v1::PAYMENT_STATE_DECLINED);
  ExpectFine();
  planned().kind = v1::PAYMENT_KIND_PAY_OUT;
  record().set_kind(v1::PAYMENT_KIND_PAY_OUT);
  ExpectFinding(Kind::kWrong);
  record().set_state(v1::PAYMENT_STATE_IN_DOUBT);
  ExpectFine();
}

TEST_F(LedgerCheckTest, EitherEndIsFineWhereTheGatewaySaidBoth) {
  record().set_state(v1::PAYMENT_STATE_DECLINED);
  ExpectFinding(Kind::kWrong);
  planned().gateway_contradicts_itself = true;
  ExpectFine();
}

TEST_F(LedgerCheckTest, WhatWasNeverBookedIsNotReceivedOrNotSent) {
  NeverBooked(1);
  ExpectFinding(Kind::kWrong);
  record().set_state(v1::PAYMENT_STATE_IN_DOUBT);
  ExpectFinding(Kind::kWrong, /*may_pass=*/true);
  record().set_state(v1::PAYMENT_STATE_NOT_RECEIVED);
  ExpectFine();
  record().set_state(v1::PAYMENT_STATE_NOT_SENT);
  ExpectFinding(Kind::kWrong);  // something arrived
  NeverBooked(0);
  ExpectFine();
}

TEST_F(LedgerCheckTest, OtherAmountsAreWrong) {
  order().settled_amount = 1400;
  ExpectFinding(Kind::kWrong);
  record().set_settled_amount(1400);
  ExpectFine();
  order().amount = 1501;
  ExpectFinding(Kind::kWrong);
  order().amount = 1500;
  record().set_amount(1501);
  ExpectFinding(Kind::kWrong);
}

TEST_F(LedgerCheckTest, RefundsAboveTheSettledSumAreWrong) {
  AddRefund("refund-1", 900);
  AddRefund("refund-2", 600);
  ExpectFine();
  order().settled_amount = 1400;
  record().set_settled_amount(1400);
  ExpectFinding(Kind::kWrong);
  accounts_.ledger["refund-2"].set_state(v1::PAYMENT_STATE_DECLINED);
  accounts_.booked["refund-2"].state = "declined";
  ExpectFine();
  order().refunded = 1401;
  ExpectFinding(Kind::kWrong);
}

TEST_F(LedgerCheckTest, AfterARestoreWhatWasBookedIsStillPostedOnce) {
  accounts_.is_restored = true;
  ExpectFine();
  order().posts = 2;
  ExpectFinding(Kind::kPostedTwice);
  NeverBooked(2);  // thrown away twice
  record().set_state(v1::PAYMENT_STATE_NOT_RECEIVED);
  ExpectFine();
  accounts_.ledger.clear();
  ExpectFinding(Kind::kLost);  // it was made again
}

TEST_F(LedgerCheckTest, RefundsThatARestoredLedgerForgotMayBeRefusedAgain) {
  accounts_.is_restored = true;
  AddRefund("refund-pay-1", 900);
  AddRefund("refund-2", 900);  // the first one was not known any more
  ExpectFine();
  accounts_.acknowledged.insert("refund-pay-1");
  accounts_.ledger.erase("refund-pay-1");
  ExpectFine();
  accounts_.booked["refund-2"] = {1, false, "", 0, std::nullopt, 0};
  accounts_.ledger["refund-2"].set_state(v1::PAYMENT_STATE_REJECTED);
  ExpectFine();
  accounts_.booked["refund-pay-1"].posts = 2;
  ExpectFinding(Kind::kPostedTwice);
  accounts_.booked["refund-pay-1"].posts = 1;
  order().refunded = 1501;
  ExpectFinding(Kind::kWrong);
}

TEST_F(LedgerCheckTest, AcknowledgedForgeryIsWrong) {
  accounts_.acknowledged_forgeries = 1;
  const std::vector<Finding> found = CheckLedger(accounts_);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].text, "a forged notification was acknowledged");
}

}  // namespace
}  // namespace cardvault::torture
