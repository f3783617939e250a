#include "forwarder/dry_run.h"

#include <string>
#include <vector>

#include "base/status.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DryRunTest : public ::testing::Test {
 protected:
  DryRunTest() : token_(world_.AddCard()) {
    CardRecord record = world_.CardOf(token_);
    record.set_bin("411111");
    record.set_last_four("1111");
    world_.store.Plant(Table::kRecords, token_.binary(), record.SerializeAsString(), 500);
  }

  static std::vector<std::string> Reasons(const DryRunResult& result) {
    std::vector<std::string> reasons;
    for (const absl::Status& fault : result.faults) {
      reasons.push_back(std::string(ReasonName(ReasonOf(fault))) + " " +
                        std::string(FieldOf(fault)));
    }
    return reasons;
  }

  // Nothing was committed, sent or taken.
  void ExpectNoTrace() {
    EXPECT_EQ(world_.outbound.send_count(), 0);
    EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentIntended), 0);
    EXPECT_THAT(world_.Rows(Table::kPayments), IsEmpty());
  }

  PaymentWorld world_;
  const Token token_;
};

TEST_F(DryRunTest, ShowsTheRequestWithoutOpeningTheCard) {
  world_.DepositCvv(token_);
  const DryRunResult result =
      world_.payments->TryOut(world_.Input(token_, "pay-1", "cards-praxis"));
  EXPECT_THAT(Reasons(result), IsEmpty());
  ASSERT_TRUE(result.preview.has_value());
  EXPECT_EQ(result.preview->url, "https://praxis.example/api/process");
  EXPECT_THAT(result.preview->body, HasSubstr("411111******1111"));
  EXPECT_THAT(result.preview->body, HasSubstr("[signature, 96 characters]"));
  EXPECT_THAT(result.preview->body, HasSubstr("\"cvv\":\"***\""));
  ExpectNoTrace();
  // The code is there for the payment itself.
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1", "cards-praxis")), IsOk());
}

TEST_F(DryRunTest, NamesEveryFault) {
  world_.ChangeCard(token_, CardRecord::STATE_DISABLED);
  PaymentRequest request = world_.Input(token_, "pay-1", "cards-praxis");
  request.currency = "EUR";
  request.customer.country = "US";
  request.customer.phone = "123456";
  request.urls.return_success_url = "http://m.example/";
  const DryRunResult result = world_.payments->TryOut(request);
  EXPECT_THAT(
      Reasons(result),
      ElementsAre("FIELD_INVALID urls.return_success_url", "CURRENCY_UNSUPPORTED currency",
                  "TOKEN_DISABLED ", "FIELD_INVALID customer.phone", "FIELD_MISSING customer.state",
                  "FIELD_MISSING customer.postal_code", "CVV_REQUIRED "));
  ExpectNoTrace();
}

TEST_F(DryRunTest, UnknownRouteAndTokenLeaveNothingToShow) {
  DryRunResult result = world_.payments->TryOut(world_.Input(token_, "pay-1", "no-such-route"));
  EXPECT_THAT(Reasons(result), ElementsAre("ROUTE_UNKNOWN route"));
  EXPECT_FALSE(result.preview.has_value());
  PaymentWorld::CardOptions foreign;
  foreign.merchant = "other";
  result = world_.payments->TryOut(world_.Input(world_.AddCard(foreign), "pay-1"));
  EXPECT_THAT(Reasons(result), ElementsAre("TOKEN_NOT_FOUND "));
  EXPECT_FALSE(result.preview.has_value());
}

TEST_F(DryRunTest, RefundShowsWhatItWouldReferTo) {
  world_.DepositCvv(token_);
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "sale-1", "cards-praxis")), IsOk());
  DryRunResult result = world_.payments->TryOut(world_.RefundInput("sale-1", "refund-1", 1500));
  EXPECT_THAT(Reasons(result), IsEmpty());
  ASSERT_TRUE(result.preview.has_value());
  EXPECT_THAT(result.preview->body, HasSubstr("\"reference_id\":\"752856\""));
  EXPECT_THAT(result.preview->body, Not(HasSubstr("cvv")));
  result = world_.payments->TryOut(world_.RefundInput("sale-1", "refund-1", 1501));
  EXPECT_THAT(Reasons(result), ElementsAre("REFUND_TOO_LARGE "));
  result = world_.payments->TryOut(world_.RefundInput("no-such", "refund-1", 1));
  EXPECT_THAT(Reasons(result), ElementsAre("PAYMENT_NOT_FOUND "));
}

TEST_F(DryRunTest, APaymentThatWasMadeSaysSo) {
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1")), IsOk());
  const DryRunResult result = world_.payments->TryOut(world_.Input(token_, "pay-1"));
  EXPECT_THAT(Reasons(result), ElementsAre("PAYMENT_ID_REUSED payment_id"));
}

}  // namespace
}  // namespace cardvault
