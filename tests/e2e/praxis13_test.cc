// Payments through a real server to the sandbox's Praxis 1.3 gateway, which decrypts every card
// field and checks every signature.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kRoute[] = "praxis13";
// The same gateway, of which no more is known than is public, and how look-ups are signed.
constexpr char kPublicRoute[] = "praxis13-public";

constexpr char kAnswerList[] =
    "[status, timestamp, transaction.tid, transaction.transaction_status, transaction.currency, "
    "transaction.amount]\n";
constexpr char kRefundList[] =
    "[merchant_id, application_key, timestamp, transaction_type, cid, order_id, currency, amount, "
    "reference_id]\n";

// Payments are looked up when a test asks, and not before.
std::string RouteDocument(const std::string& name, int port, const std::string& ca_file) {
  return absl::StrCat("name: ", name, "\nconnector: praxis\nbase_url: https://localhost:", port,
                      "\nca_file: ", ca_file, "\nallow_private_addresses: true\nowners: [",
                      kMerchant,
                      "]\ncvv: required\ncurrencies: {USD: default}\n"
                      "reconcile: {in_doubt_after: 1h, pending_after: 1h, max_interval: 1h}\n"
                      "praxis:\n  profile: \"1.3\"\n  merchant_id: Test-Integration-Merchant\n"
                      "  application_key: Sandbox\n  gateway: gw-hash\n  find_order_values: ",
                      kAnswerList);
}

// One vault and one gateway for all tests of the file.
class Praxis13Test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    vault_ = new VaultProcess;
    ASSERT_TRUE(vault_->Start()) << vault_->output();
    sandbox_ = new SandboxProcess(vault_->pki());
    const std::string ca = vault_->directory().File("ca.pem");
    const int port = sandbox_->praxis13_port();
    vault_->ApplyRoute(
        absl::StrCat(RouteDocument(kRoute, port, ca), "  answer_values: ", kAnswerList,
                     "  refund_answer_values: ", kAnswerList, "  refund_values: ", kRefundList),
        kRoute, "merchant_secret", kPraxisSecret);
    vault_->ApplyRoute(RouteDocument(kPublicRoute, port, ca), kPublicRoute, "merchant_secret",
                       kPraxisSecret);
    ingest_ = vault_->Ingest();
    pay_ = vault_->PayIn();
    pay_out_ =
        v1::PaymentService::NewStub(vault_->MerchantChannel(MerchantUri(kMerchant, "pay-out")));
    refund_ =
        v1::PaymentService::NewStub(vault_->MerchantChannel(MerchantUri(kMerchant, "refund")));
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(vault_->Stop(), 0) << vault_->output();
    ingest_.reset();
    pay_.reset();
    pay_out_.reset();
    refund_.reset();
    delete sandbox_;
    delete vault_;
  }

  static std::string Tokenize(const std::string& name, const std::string& cvv) {
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status =
        ingest_->Tokenize(call, TokenizeOf(name, std::string(kVisaTestPan), cvv), &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
    return response.token().token();
  }

  static v1::Payment PayIn(const std::string& route, const std::string& id, int64_t amount,
                           const std::string& cvv) {
    const v1::PayInRequest request = PayInOf(route, id, Tokenize(id, cvv), amount);
    Call call;
    v1::PayInResponse response;
    const grpc::Status status = pay_->PayIn(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
    EXPECT_EQ(sandbox_->Order(sandbox_->praxis13_port(), id).posts, 1);
    return response.payment();
  }

  static grpc::Status Refund(const std::string& original, const std::string& id, Call& call,
                             v1::Payment& payment) {
    v1::RefundRequest request;
    request.set_original_payment_id(original);
    request.set_payment_id(id);
    request.set_amount(500);
    request.mutable_customer()->set_id("cust-1");
    v1::RefundResponse response;
    const grpc::Status status = refund_->Refund(call, request, &response);
    payment = response.payment();
    return status;
  }

  static v1::Payment Refresh(const std::string& id) {
    v1::GetPaymentRequest request;
    request.set_payment_id(id);
    request.set_refresh(true);
    Call call;
    v1::GetPaymentResponse response;
    EXPECT_TRUE(pay_->GetPayment(call, request, &response).ok());
    return response.payment();
  }

  // What the gateway has of an order; "" when it never heard of it.
  static std::string OrderStats(const std::string& id) {
    const std::string text = sandbox_->Get(sandbox_->praxis13_port(), "/sandbox/stats");
    const size_t begin = text.find(absl::StrCat("\"", id, "\":"));
    return begin == std::string::npos ? "" : text.substr(begin, text.find('}', begin) - begin);
  }

  static VaultProcess* vault_;
  static SandboxProcess* sandbox_;
  static std::unique_ptr<v1::TokenService::Stub> ingest_;
  static std::unique_ptr<v1::PaymentService::Stub> pay_;
  static std::unique_ptr<v1::PaymentService::Stub> pay_out_;
  static std::unique_ptr<v1::PaymentService::Stub> refund_;
};

VaultProcess* Praxis13Test::vault_ = nullptr;
SandboxProcess* Praxis13Test::sandbox_ = nullptr;
std::unique_ptr<v1::TokenService::Stub> Praxis13Test::ingest_;
std::unique_ptr<v1::PaymentService::Stub> Praxis13Test::pay_;
std::unique_ptr<v1::PaymentService::Stub> Praxis13Test::pay_out_;
std::unique_ptr<v1::PaymentService::Stub> Praxis13Test::refund_;

std::string StateName(const v1::Payment& payment) { return v1::PaymentState_Name(payment.state()); }

TEST_F(Praxis13Test, ApprovedSaleIsApproved) {
  const v1::Payment payment = PayIn(kRoute, "approved", 1500, "568");
  EXPECT_EQ(StateName(payment), "PAYMENT_STATE_APPROVED") << payment.error_text();
  ASSERT_EQ(payment.upstream_ids_size(), 1);
  EXPECT_EQ(payment.upstream_ids(0).name(), "tid");
}

TEST_F(Praxis13Test, DeclineCarriesTheUpstreamsCode) {
  const v1::Payment payment = PayIn(kRoute, "declined", 1500, "000");
  EXPECT_EQ(StateName(payment), "PAYMENT_STATE_DECLINED");
  EXPECT_EQ(payment.error_code(), "711");
}

TEST_F(Praxis13Test, ThreeDSecureAnswersTheRedirectAndALookUpItsEnd) {
  const v1::Payment payment = PayIn(kRoute, "3ds", 1500, "333");
  EXPECT_EQ(StateName(payment), "PAYMENT_STATE_REDIRECT_REQUIRED");
  EXPECT_EQ(payment.redirect_url().rfind("https://", 0), 0u) << payment.redirect_url();
  sandbox_->Post(sandbox_->praxis13_port(), "/sandbox/settle",
                 R"({"order":"3ds","state":"approved","settled_amount":1400})");
  const v1::Payment ended = Refresh("3ds");
  EXPECT_EQ(StateName(ended), "PAYMENT_STATE_APPROVED");
  EXPECT_EQ(ended.settled_amount(), 1400);
}

TEST_F(Praxis13Test, PayoutIsApprovedWithoutACvv) {
  const v1::PayInRequest like = PayInOf(kRoute, "payout", Tokenize("payout", ""), 1500);
  v1::PayOutRequest request;
  request.set_token(like.token());
  request.set_route(like.route());
  request.set_payment_id(like.payment_id());
  request.set_amount(like.amount());
  request.set_currency(like.currency());
  *request.mutable_customer() = like.customer();
  *request.mutable_urls() = like.urls();
  Call call;
  v1::PayOutResponse response;
  const grpc::Status status = pay_out_->PayOut(call, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message() << " " << call.field();
  EXPECT_EQ(StateName(response.payment()), "PAYMENT_STATE_APPROVED");
  EXPECT_NE(OrderStats("payout").find("\"kind\":\"payout\""), std::string::npos);
}

TEST_F(Praxis13Test, RefundNamesTheTidOfTheSale) {
  const v1::Payment sale = PayIn(kRoute, "given-back", 1500, "568");
  ASSERT_EQ(sale.upstream_ids_size(), 1);
  Call call;
  v1::Payment refund;
  const grpc::Status status = Refund("given-back", "refund", call, refund);
  ASSERT_TRUE(status.ok()) << status.error_message() << " " << call.field();
  EXPECT_EQ(StateName(refund), "PAYMENT_STATE_APPROVED") << refund.error_text();
  EXPECT_NE(OrderStats("refund").find(sale.upstream_ids(0).value()), std::string::npos)
      << OrderStats("refund");
  EXPECT_NE(OrderStats("given-back").find("\"refunded\":500"), std::string::npos);
}

TEST_F(Praxis13Test, WithoutRefundValuesRefundsAreNotOffered) {
  PayIn(kPublicRoute, "kept", 1500, "568");
  ASSERT_EQ(StateName(Refresh("kept")), "PAYMENT_STATE_APPROVED");
  Call call;
  v1::Payment refund;
  EXPECT_EQ(Refund("kept", "kept-refund", call, refund).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(call.reason(), "NOT_OFFERED");
  EXPECT_EQ(OrderStats("kept-refund"), "");
}

TEST_F(Praxis13Test, LyingAnswerIsInDoubt) {
  const v1::Payment payment = PayIn(kRoute, "lying", 70008, "568");
  EXPECT_EQ(StateName(payment), "PAYMENT_STATE_IN_DOUBT");
  EXPECT_TRUE(payment.conflict());
  EXPECT_EQ(payment.upstream_ids_size(), 0);
}

TEST_F(Praxis13Test, UnverifiedAnswersAreInDoubtUntilFindOrderConfirmsThem) {
  struct Case {
    const char* route;
    const char* id;
    int64_t amount;
    const char* cvv;
    const char* state;
  };
  for (const Case& c :
       {Case{kRoute, "unproved", 70006, "568", "PAYMENT_STATE_APPROVED"},
        Case{kPublicRoute, "public-approved", 1500, "568", "PAYMENT_STATE_APPROVED"},
        Case{kPublicRoute, "public-declined", 1500, "000", "PAYMENT_STATE_DECLINED"}}) {
    SCOPED_TRACE(c.id);
    const v1::Payment payment = PayIn(c.route, c.id, c.amount, c.cvv);
    EXPECT_EQ(StateName(payment), "PAYMENT_STATE_IN_DOUBT");
    EXPECT_EQ(payment.upstream_ids_size(), 0);
    EXPECT_EQ(payment.raw_status(), "");
    const v1::Payment confirmed = Refresh(c.id);
    EXPECT_EQ(StateName(confirmed), c.state);
    EXPECT_EQ(confirmed.upstream_ids_size(), 1);
  }
}

TEST_F(Praxis13Test, LookUpsThatAreUnverifiedOrFindNothingChangeNothing) {
  // Its first look-up is signed with another secret.
  ASSERT_EQ(StateName(PayIn(kPublicRoute, "lying-look-up", 70019, "568")),
            "PAYMENT_STATE_IN_DOUBT");
  EXPECT_EQ(StateName(Refresh("lying-look-up")), "PAYMENT_STATE_IN_DOUBT");
  // Thrown away for good: found never, and once is not proof.
  ASSERT_EQ(StateName(PayIn(kRoute, "never-booked", 70014, "568")), "PAYMENT_STATE_IN_DOUBT");
  EXPECT_EQ(StateName(Refresh("never-booked")), "PAYMENT_STATE_IN_DOUBT");
}

TEST_F(Praxis13Test, ErrorEndsASaleWhenFindOrderRepeatsIt) {
  ASSERT_EQ(StateName(PayIn(kRoute, "error-word", 70013, "568")), "PAYMENT_STATE_IN_DOUBT");
  EXPECT_EQ(StateName(Refresh("error-word")), "PAYMENT_STATE_DECLINED");
}

TEST_F(Praxis13Test, AnAnswerThatEchoesTheCardComesBackWithoutIt) {
  const v1::Payment payment = PayIn(kRoute, "echo", 70007, "568");
  EXPECT_EQ(StateName(payment), "PAYMENT_STATE_APPROVED");
  const std::string all = payment.SerializeAsString();
  EXPECT_EQ(all.find(std::string(kVisaTestPan)), std::string::npos);
  EXPECT_EQ(all.find(std::string(kVisaTestPan.substr(6, 6))), std::string::npos);
}

}  // namespace
}  // namespace cardvault::testing
