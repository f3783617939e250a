#include "sandbox/praxis13_request.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "card/test_pans.h"
#include "sandbox/testing/praxis13_requests.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kNow = 1'700'000'000;

class Praxis13RequestTest : public testing::Test {
 protected:
  // What is wrong with the sale `message_`; empty when nothing is.
  std::string Problem() {
    request_ = {};
    const auto problem =
        ReadPraxis13CardRequest(message_, *SampleCredentials().praxis13, kNow, request_);
    return problem ? problem->Text() : "";
  }
  std::string ProblemWith(absl::string_view name, JsonValue value) {
    message_ = Praxis13Sale("order-1", 1500, "568", kNow);
    message_.Set(name, std::move(value));
    return Problem();
  }
  std::string ProblemWithCard(const Praxis13Card& card) {
    return ProblemWith("card_data", EncryptedCard(card, kNow));
  }

  JsonValue message_ = Praxis13Sale("order-1", 1500, "568", kNow);
  Praxis13PaymentRequest request_;
};

TEST_F(Praxis13RequestTest, ReadsASaleAndDecryptsItsCard) {
  EXPECT_EQ(Problem(), "");
  EXPECT_EQ(request_.transaction_type, "sale");
  EXPECT_EQ(request_.order_id, "order-1");
  EXPECT_EQ(request_.cid, "cust-1");
  EXPECT_EQ(request_.amount, 1500);
  EXPECT_EQ(request_.currency, "USD");
  EXPECT_EQ(request_.card_number, kVisaTestPan);
  EXPECT_EQ(request_.cvv, "568");
}

TEST_F(Praxis13RequestTest, ChecksTheCardInClear) {
  EXPECT_EQ(ProblemWithCard({"4111111111111112"}),
            "card_data.card_number: must be 12 to 19 digits with a right check digit");
  EXPECT_EQ(ProblemWithCard({kVisaTestPan, "12/30"}), "card_data.exp: must be MM/YYYY");
  EXPECT_EQ(ProblemWithCard({kVisaTestPan, "12/2020"}), "card_data.exp: the card has expired");
  EXPECT_EQ(ProblemWithCard({kVisaTestPan, "12/2030", "12"}),
            "card_data.cvv: must be 3 or 4 digits");
  EXPECT_EQ(ProblemWithCard({kVisaTestPan, "12/2030", ""}), "card_data.cvv: required");
  EXPECT_EQ(ProblemWith("card_data",
                        EncryptedCard({kVisaTestPan}, kNow).Set("cvv", JsonValue::String("568"))),
            "card_data.cvv: cannot be decrypted");
  EXPECT_EQ(
      ProblemWith("card_data",
                  EncryptedCard({kVisaTestPan}, kNow).Set("holder", JsonValue::String("Jane"))),
      "card_data.holder: unknown field");
}

TEST_F(Praxis13RequestTest, APayoutCarriesNoCvv) {
  EXPECT_EQ(ProblemWith("transaction_type", JsonValue::String("payout")),
            "card_data.cvv: a payout may not carry it");
  message_.Set("card_data", EncryptedCard({kVisaTestPan, "12/2020", ""}, kNow));
  EXPECT_EQ(Problem(), "");
}

TEST_F(Praxis13RequestTest, NamesTheFieldAtFault) {
  EXPECT_EQ(ProblemWith("transaction_type", JsonValue::String("refund")),
            "transaction_type: unknown word");
  EXPECT_EQ(ProblemWith("amount", JsonValue::String("1500")), "amount: must be an integer");
  EXPECT_EQ(ProblemWith("amount", JsonValue::Number(0)), "amount: out of range");
  EXPECT_EQ(ProblemWith("currency", JsonValue::String("XYZ")), "currency: unknown currency");
  EXPECT_EQ(ProblemWith("gateway", JsonValue::String("another")), "gateway: unknown");
  EXPECT_EQ(ProblemWith("locale", JsonValue::Null()), "locale: required");
  EXPECT_EQ(ProblemWith("return_url", JsonValue::String("m.example")), "return_url: must be a URL");
  EXPECT_EQ(ProblemWith("order_id", JsonValue::String(kVisaTestPan)),
            "order_id: must be an id without card number");
  EXPECT_EQ(ProblemWith("customer_data", JsonValue::Object()), "customer_data.country: required");
  EXPECT_EQ(ProblemWith("pan", JsonValue::String("x")), "pan: unknown field");
  EXPECT_EQ(ProblemWith("device_data", JsonValue::Null()), "");
  EXPECT_EQ(
      ProblemWith("device_data", JsonValue::Object().Set("language", JsonValue::String("en"))), "");
}

TEST_F(Praxis13RequestTest, ARefundNamesATransactionAndNoCard) {
  JsonValue message = Praxis13Refund("refund-1", 500, 752856, kNow);
  EXPECT_FALSE(ReadPraxis13Refund(message, request_).has_value());
  EXPECT_EQ(request_.reference_id, "752856");
  EXPECT_EQ(request_.card_number, "");
  message.Set("reference_id", JsonValue::String("752856"));
  EXPECT_EQ(ReadPraxis13Refund(message, request_)->Text(), "reference_id: must be an integer");
  message = Praxis13Refund("refund-1", 500, 752856, kNow);
  message.Set("card_data", EncryptedCard({kVisaTestPan}, kNow));
  EXPECT_EQ(ReadPraxis13Refund(message, request_)->Text(), "card_data: unknown field");
}

TEST_F(Praxis13RequestTest, ReadsLookUpsAndManagement) {
  std::string order_id;
  EXPECT_FALSE(ReadPraxis13FindOrder(Praxis13FindOrder("order-1", kNow), order_id).has_value());
  EXPECT_EQ(order_id, "order-1");
  Praxis13ManageRequest manage;
  EXPECT_FALSE(ReadPraxis13Manage(Praxis13Manage("void", 7, kNow), manage).has_value());
  EXPECT_EQ(manage.intent, "void");
  EXPECT_EQ(manage.tid, "7");
}

}  // namespace
}  // namespace cardvault::sandbox
