// ListPayments through a real server: order, pages, filters, and whose payments they are.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/payment_stage.h"

namespace cardvault::testing {
namespace {

class ListPaymentsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage;
    stage_->AddPraxisRoute("praxis", kImpatient);
    stage_->AddH2hRoute("h2h", kImpatient);
    token_ = stage_->Token("first");
    stage_->Pay(PayInOf("praxis", "first", token_, 1500));
    stage_->Pay(PayInOf("praxis", "second", stage_->Token("second", "000"), 1500));
    stage_->Pay(PayOutOf("h2h", "third", token_, 70004));
    stage_->Pay(RefundOf("first", "fourth", 100));
    stage_->Pay(PayOutOf("h2h", "fifth", token_, 1500));
  }
  static void TearDownTestSuite() { delete stage_; }

  static v1::ListPaymentsResponse Ask(const v1::ListPaymentsRequest& request,
                                      const char* merchant = kMerchant) {
    Call call;
    v1::ListPaymentsResponse response;
    const grpc::Status status =
        stage_->vault().Pay("refund", merchant)->ListPayments(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static std::vector<std::string> Ids(const v1::ListPaymentsResponse& response) {
    std::vector<std::string> ids;
    for (const v1::Payment& payment : response.payments()) {
      EXPECT_EQ(payment.timeline_size(), 0);
      ids.push_back(payment.payment_id());
    }
    return ids;
  }

  static std::string Refusal(const v1::ListPaymentsRequest& request,
                             const char* merchant = kMerchant) {
    Call call;
    v1::ListPaymentsResponse response;
    stage_->vault().Pay("pay-in", merchant)->ListPayments(call, request, &response);
    return call.reason() + " " + call.field();
  }

  using Strings = std::vector<std::string>;

  static PaymentStage* stage_;
  static std::string token_;
};

PaymentStage* ListPaymentsTest::stage_ = nullptr;
std::string ListPaymentsTest::token_;

TEST_F(ListPaymentsTest, TheNewestComeFirst) {
  EXPECT_EQ(Ids(Ask({})), (Strings{"fifth", "fourth", "third", "second", "first"}));
}

TEST_F(ListPaymentsTest, FiltersHoldTogether) {
  v1::ListPaymentsRequest request;
  request.set_kind(v1::PAYMENT_KIND_PAY_OUT);
  EXPECT_EQ(Ids(Ask(request)), (Strings{"fifth", "third"}));
  request.set_state(v1::PAYMENT_STATE_IN_DOUBT);
  EXPECT_EQ(Ids(Ask(request)), Strings{"third"});
  request.set_route("praxis");
  EXPECT_EQ(Ids(Ask(request)), Strings{});
  v1::ListPaymentsRequest by_token;
  by_token.set_token(token_);
  EXPECT_EQ(Ids(Ask(by_token)), (Strings{"fifth", "fourth", "third", "first"}));
  v1::ListPaymentsRequest for_a_person;
  for_a_person.set_needs_review(true);
  EXPECT_EQ(Ids(Ask(for_a_person)), Strings{});
}

TEST_F(ListPaymentsTest, PagesGoThroughAllOnceAndAreBoundToTheirFilter) {
  v1::ListPaymentsRequest request;
  request.set_page_size(2);
  Strings all;
  std::string first_page;
  do {
    const v1::ListPaymentsResponse page = Ask(request);
    EXPECT_LE(page.payments_size(), 2);
    for (const std::string& id : Ids(page)) all.push_back(id);
    request.set_page_token(page.next_page_token());
    if (first_page.empty()) first_page = page.next_page_token();
  } while (!request.page_token().empty());
  EXPECT_EQ(all, (Strings{"fifth", "fourth", "third", "second", "first"}));

  v1::ListPaymentsRequest other_filter;
  other_filter.set_page_token(first_page);
  other_filter.set_kind(v1::PAYMENT_KIND_PAY_IN);
  EXPECT_EQ(Refusal(other_filter), "FIELD_INVALID page_token");
  v1::ListPaymentsRequest altered;
  altered.set_page_token(first_page);
  altered.mutable_page_token()->back() = altered.page_token().back() == 'a' ? 'b' : 'a';
  EXPECT_EQ(Refusal(altered), "FIELD_INVALID page_token");
  v1::ListPaymentsRequest stolen;
  stolen.set_page_token(first_page);
  EXPECT_EQ(Refusal(stolen, kOtherMerchant), "FIELD_INVALID page_token");
  v1::ListPaymentsRequest negative;
  negative.set_page_size(-1);
  EXPECT_EQ(Refusal(negative), "FIELD_INVALID page_size");
}

TEST_F(ListPaymentsTest, AnotherMerchantSeesNoneOfThem) {
  EXPECT_EQ(Ids(Ask({}, kOtherMerchant)), Strings{});
  v1::ListPaymentsRequest by_token;
  by_token.set_token(token_);
  EXPECT_EQ(Ids(Ask(by_token, kOtherMerchant)), Strings{});
  Call call;
  v1::GetPaymentRequest get;
  get.set_payment_id("first");
  get.set_refresh(true);
  v1::GetPaymentResponse got;
  EXPECT_EQ(stage_->vault().Pay("pay-in", kOtherMerchant)->GetPayment(call, get, &got).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(call.reason(), "PAYMENT_NOT_FOUND");
}

}  // namespace
}  // namespace cardvault::testing
