// PayIn through a real server to the sandbox gateways: every outcome they can play, on both APIs.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr int kSlowMillis = 6000;
constexpr char kImpatient[] = "timeouts: {connect: 1s, total: 2s}\n";

// One vault and one pair of gateways for all tests of the file.
class PayInTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    vault_ = new VaultProcess;
    ASSERT_TRUE(vault_->Start()) << vault_->output();
    sandbox_ = new SandboxProcess(vault_->pki(), kSlowMillis);
    const std::string ca = vault_->directory().File("ca.pem");
    vault_->ApplyRoute(sandbox_->H2hRoute("h2h", kMerchant, ca, kImpatient), "h2h", "api_secret",
                       kH2hSecret);
    vault_->ApplyRoute(sandbox_->PraxisRoute("praxis", kMerchant, ca, kImpatient), "praxis",
                       "merchant_secret", kPraxisSecret);
    ingest_ = vault_->Ingest();
    pay_ = vault_->PayIn();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(vault_->Stop(), 0) << vault_->output();
    ingest_.reset();
    pay_.reset();
    delete sandbox_;
    delete vault_;
  }

  static int Port(const std::string& route) {
    return route == "h2h" ? sandbox_->h2h_port() : sandbox_->praxis_port();
  }

  static std::string TokenWithCvv(const std::string& name, const std::string& cvv,
                                  bool single_use = false) {
    v1::TokenizeRequest request = TokenizeOf(name, std::string(kVisaTestPan), cvv);
    request.set_single_use(single_use);
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = ingest_->Tokenize(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
    return response.token().token();
  }

  static v1::Payment Pay(const v1::PayInRequest& request) {
    Call call;
    v1::PayInResponse response;
    const grpc::Status status = pay_->PayIn(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason() << " "
                             << call.field();
    return response.payment();
  }

  // Tokenizes, pays under "<route>-<name>", and expects the ledger to say the same.
  static v1::Payment PayFresh(const std::string& route, const std::string& name, int64_t amount,
                              const std::string& cvv) {
    const std::string id = route + "-" + name;
    const v1::Payment payment = Pay(PayInOf(route, id, TokenWithCvv(id, cvv), amount));
    Call call;
    v1::GetPaymentRequest get;
    get.set_payment_id(id);
    v1::GetPaymentResponse got;
    EXPECT_TRUE(pay_->GetPayment(call, get, &got).ok());
    EXPECT_EQ(got.payment().SerializeAsString(), payment.SerializeAsString());
    return payment;
  }

  static VaultProcess* vault_;
  static SandboxProcess* sandbox_;
  static std::unique_ptr<v1::TokenService::Stub> ingest_;
  static std::unique_ptr<v1::PaymentService::Stub> pay_;
};

VaultProcess* PayInTest::vault_ = nullptr;
SandboxProcess* PayInTest::sandbox_ = nullptr;
std::unique_ptr<v1::TokenService::Stub> PayInTest::ingest_;
std::unique_ptr<v1::PaymentService::Stub> PayInTest::pay_;

std::string StateName(const v1::Payment& payment) { return v1::PaymentState_Name(payment.state()); }

TEST_P(PayInTest, ApprovedPaymentIsApproved) {
  const v1::Payment payment = PayFresh(GetParam(), "approved", 1500, "568");
  EXPECT_EQ(payment.state(), v1::PAYMENT_STATE_APPROVED) << payment.error_text();
  EXPECT_EQ(payment.attempt(), 1);
  EXPECT_GE(payment.upstream_ids_size(), 1);
  EXPECT_GE(payment.timeline_size(), 2);
  EXPECT_FALSE(payment.conflict());
  EXPECT_EQ(sandbox_->Order(Port(GetParam()), payment.upstream_reference()).posts, 1);
}

TEST_P(PayInTest, ThreeDSecureAnswersTheRedirect) {
  const v1::Payment payment = PayFresh(GetParam(), "3ds", 1500, "333");
  EXPECT_EQ(payment.state(), v1::PAYMENT_STATE_REDIRECT_REQUIRED);
  EXPECT_EQ(payment.redirect_url().rfind("https://", 0), 0u) << payment.redirect_url();
}

TEST_P(PayInTest, DeclineCarriesTheUpstreamsCode) {
  const v1::Payment payment = PayFresh(GetParam(), "declined", 1500, "000");
  EXPECT_EQ(payment.state(), v1::PAYMENT_STATE_DECLINED);
  EXPECT_EQ(payment.error_code(), "711");
}

TEST_P(PayInTest, OutcomesThatAreNotKnownAreInDoubtAndPostedOnce) {
  struct Case {
    const char* name;
    int64_t amount;
    const char* cvv;
  };
  const std::vector<Case> cases = {
      {"server-error", 1500, "444"}, {"slow", 70003, "568"},      {"close", 70004, "568"},
      {"reset", 70005, "568"},       {"unproved", 70006, "568"},  {"lying", 70008, "568"},
      {"cut", 70009, "568"},         {"oversize", 70010, "568"},  {"redirected", 70011, "568"},
      {"html", 70012, "568"},        {"error-word", 70013, "568"}};
  // A kept connection that already carried a payment, for the close and the reset.
  ASSERT_EQ(PayFresh(GetParam(), "warm", 1500, "568").state(), v1::PAYMENT_STATE_APPROVED);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const v1::Payment payment = PayFresh(GetParam(), c.name, c.amount, c.cvv);
    EXPECT_EQ(StateName(payment), "PAYMENT_STATE_IN_DOUBT");
    EXPECT_EQ(sandbox_->Order(Port(GetParam()), payment.upstream_reference()).posts, 1);
    // Asked again it answers the same and sends nothing.
    const v1::Payment again =
        Pay(PayInOf(GetParam(), payment.payment_id(), payment.token(), c.amount));
    EXPECT_EQ(StateName(again), "PAYMENT_STATE_IN_DOUBT");
    EXPECT_EQ(sandbox_->Order(Port(GetParam()), payment.upstream_reference()).posts, 1);
  }
  EXPECT_EQ(sandbox_->Total(Port(GetParam())).double_posts, 0);
}

TEST_P(PayInTest, ClosedBeforeBookingIsInDoubtBecauseNobodyCanKnow) {
  const v1::Payment payment = PayFresh(GetParam(), "never-booked", 70014, "568");
  EXPECT_EQ(StateName(payment), "PAYMENT_STATE_IN_DOUBT");
}

TEST_P(PayInTest, WordsOfWaitingArePending) {
  EXPECT_EQ(PayFresh(GetParam(), "pending", 70001, "568").state(), v1::PAYMENT_STATE_PENDING);
  EXPECT_EQ(PayFresh(GetParam(), "retry", 70002, "568").state(), v1::PAYMENT_STATE_PENDING);
  EXPECT_EQ(PayFresh(GetParam(), "unknown-word", 70015, "568").state(), v1::PAYMENT_STATE_PENDING);
}

// F2
TEST_P(PayInTest, AnAnswerThatEchoesTheCardComesBackWithoutIt) {
  const v1::Payment payment = PayFresh(GetParam(), "echo", 70007, "568");
  EXPECT_EQ(payment.state(), v1::PAYMENT_STATE_APPROVED);
  const std::string all = payment.SerializeAsString();
  const std::string pan(kVisaTestPan);
  EXPECT_EQ(all.find(pan), std::string::npos);
  EXPECT_EQ(all.find(pan.substr(6, 6)), std::string::npos);
}

TEST_P(PayInTest, SameIdWithAnotherRequestIsRefused) {
  const std::string id = std::string(GetParam()) + "-reused";
  const std::string token = TokenWithCvv(id, "568");
  ASSERT_EQ(Pay(PayInOf(GetParam(), id, token, 1500)).state(), v1::PAYMENT_STATE_APPROVED);
  Call call;
  v1::PayInResponse response;
  EXPECT_EQ(pay_->PayIn(call, PayInOf(GetParam(), id, token, 1600), &response).error_code(),
            grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(call.reason(), "PAYMENT_ID_REUSED");
}

TEST_P(PayInTest, WithoutAFreshCvvNothingIsSent) {
  const std::string id = std::string(GetParam()) + "-no-cvv";
  const std::string token = TokenWithCvv(id, "568");
  ASSERT_EQ(Pay(PayInOf(GetParam(), id, token, 1500)).state(), v1::PAYMENT_STATE_APPROVED);
  Call call;
  v1::PayInResponse response;
  EXPECT_EQ(
      pay_->PayIn(call, PayInOf(GetParam(), id + "-again", token, 1500), &response).error_code(),
      grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(call.reason(), "CVV_REQUIRED");
}

TEST_P(PayInTest, SingleUseTokenIsChargedOnce) {
  const std::string id = std::string(GetParam()) + "-single";
  const std::string token = TokenWithCvv(id, "568", /*single_use=*/true);
  ASSERT_EQ(Pay(PayInOf(GetParam(), id, token, 1500)).state(), v1::PAYMENT_STATE_APPROVED);
  Call call;
  v1::PayInResponse response;
  EXPECT_EQ(pay_->PayIn(call, PayInOf(GetParam(), id + "-2", token, 1500), &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(call.reason(), "TOKEN_USED");
}

TEST_P(PayInTest, ManyCallersWithOnePaymentIdMakeOneSending) {
  const std::string id = std::string(GetParam()) + "-many";
  const std::string token = TokenWithCvv(id, "568");
  const v1::PayInRequest request = PayInOf(GetParam(), id, token, 1500);
  constexpr int kCallers = 64;
  std::vector<std::thread> callers;
  std::vector<std::string> results(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      Call call;
      v1::PayInResponse response;
      const grpc::Status status = pay_->PayIn(call, request, &response);
      results[i] = status.ok() ? StateName(response.payment()) : call.reason();
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const std::string& result : results) {
    EXPECT_TRUE(result == "PAYMENT_STATE_APPROVED" || result == "IN_PROGRESS") << result;
  }
  EXPECT_GE(std::count(results.begin(), results.end(), "PAYMENT_STATE_APPROVED"), 1);
  EXPECT_EQ(sandbox_->Order(Port(GetParam()), id).posts, 1);
}

TEST_P(PayInTest, ACallerThatGivesUpChangesNothing) {
  const std::string id = std::string(GetParam()) + "-gave-up";
  const std::string token = TokenWithCvv(id, "568");
  grpc::ClientContext impatient;
  impatient.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  v1::PayInResponse response;
  EXPECT_EQ(pay_->PayIn(&impatient, PayInOf(GetParam(), id, token, 70003), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  v1::GetPaymentRequest get;
  get.set_payment_id(id);
  v1::GetPaymentResponse got;
  for (;;) {  // the route's own deadline ends it after two seconds
    Call call;
    ASSERT_TRUE(pay_->GetPayment(call, get, &got).ok());
    if (got.payment().state() == v1::PAYMENT_STATE_IN_DOUBT) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(sandbox_->Order(Port(GetParam()), id).posts, 1);
}

TEST_P(PayInTest, ADeadUpstreamIsNotSentAndTheCvvIsGivenBack) {
  const std::string route = std::string("dead-") + GetParam();
  const std::string ca = vault_->directory().File("ca.pem");
  SandboxProcess gone(vault_->pki());
  const bool h2h = std::string(GetParam()) == "h2h";
  vault_->ApplyRoute(
      h2h ? gone.H2hRoute(route, kMerchant, ca) : gone.PraxisRoute(route, kMerchant, ca), route,
      h2h ? "api_secret" : "merchant_secret", h2h ? kH2hSecret : kPraxisSecret);
  gone.Stop();
  const std::string token = TokenWithCvv(route, "568");
  const v1::Payment first = Pay(PayInOf(route, route, token, 1500));
  EXPECT_EQ(StateName(first), "PAYMENT_STATE_NOT_SENT");
  // The same id may be sent again, with the CVV that came back.
  const v1::Payment second = Pay(PayInOf(route, route, token, 1500));
  EXPECT_EQ(StateName(second), "PAYMENT_STATE_NOT_SENT");
  EXPECT_EQ(second.attempt(), 2);
}

INSTANTIATE_TEST_SUITE_P(Connectors, PayInTest, ::testing::Values("h2h", "praxis"),
                         [](const auto& info) { return std::string(info.param); });

TEST(PayInAuditTest, EveryOpeningOfACardIsInTheLogWithItsOutcome) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  SandboxProcess sandbox(vault.pki());
  vault.ApplyRoute(sandbox.H2hRoute("h2h", kMerchant, vault.directory().File("ca.pem")), "h2h",
                   "api_secret", kH2hSecret);
  const v1::TokenizeRequest tokenize = TokenizeOf("audited", std::string(kVisaTestPan), "568");
  Call tokenize_call;
  v1::TokenizeResponse tokenized;
  ASSERT_TRUE(vault.Ingest()->Tokenize(tokenize_call, tokenize, &tokenized).ok());
  const v1::PayInRequest request = PayInOf("h2h", "audited-1", tokenized.token().token(), 100);
  Call pay_call;
  v1::PayInResponse paid;
  const grpc::Status status = vault.PayIn()->PayIn(pay_call, request, &paid);
  ASSERT_TRUE(status.ok()) << status.error_message() << pay_call.field();
  ASSERT_EQ(vault.Stop(), 0) << vault.output();

  std::vector<AuditAction> of_payment;
  bool deposited = false;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    if (entry.leaf.object == paid.payment().audit_reference()) {
      of_payment.push_back(entry.leaf.action);
      EXPECT_EQ(entry.leaf.origin.principal, MerchantUri(kMerchant, "pay-in"));
    }
    deposited = deposited || entry.leaf.action == AuditAction::kCvvDeposited;
  }
  EXPECT_EQ(of_payment, (std::vector<AuditAction>{AuditAction::kPaymentIntended,
                                                  AuditAction::kPaymentOutcome}));
  EXPECT_TRUE(deposited);
}

}  // namespace
}  // namespace cardvault::testing
