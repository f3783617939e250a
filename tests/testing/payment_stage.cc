#include "tests/testing/payment_stage.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "absl/strings/str_replace.h"
#include "base/check.h"
#include "card/test_pans.h"

namespace cardvault::testing {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(20);
constexpr auto kPatience = std::chrono::seconds(30);
constexpr char kStatePrefix[] = "PAYMENT_STATE_";

template <typename Request, typename Response>
PaymentAnswer Ask(v1::PaymentService::Stub& stub,
                  grpc::Status (v1::PaymentService::Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                  const Request& request) {
  Call call;
  Response response;
  const grpc::Status status = (stub.*method)(call, request, &response);
  return {status.error_code(), call.reason(), call.field(), response.payment()};
}

}  // namespace

PaymentStage::PaymentStage(int slow_millis, int late_millis) {
  const bool started = vault_.Start();
  if (!started) fputs(vault_.output().c_str(), stderr);
  CV_CHECK(started);
  sandbox_ = std::make_unique<SandboxProcess>(vault_.pki(), slow_millis, late_millis);
  Connect();
}

PaymentStage::~PaymentStage() { EXPECT_EQ(vault_.Stop(), 0) << vault_.output(); }

void PaymentStage::Connect() {
  ingest_ = vault_.Ingest();
  pay_in_ = vault_.Pay("pay-in");
  pay_out_ = vault_.Pay("pay-out");
  refund_ = vault_.Pay("refund");
}

void PaymentStage::AddH2hRoute(const std::string& name, const std::string& common,
                               const std::string& section, const std::string& owners) {
  const std::string ca = vault_.directory().File("ca.pem");
  vault_.ApplyRoute(sandbox_->H2hRoute(name, owners, ca, common) + section, name, "api_secret",
                    kH2hSecret);
}

void PaymentStage::AddPraxisRoute(const std::string& name, const std::string& common,
                                  const std::string& section, const std::string& owners) {
  const std::string ca = vault_.directory().File("ca.pem");
  vault_.ApplyRoute(sandbox_->PraxisRoute(name, owners, ca, common) + section, name,
                    "merchant_secret", kPraxisSecret);
}

void PaymentStage::AddForeignRoute(const std::string& name, const std::string& owners) {
  const std::string document =
      absl::StrReplaceAll(sandbox_->PraxisRoute(name, owners, vault_.directory().File("ca.pem")),
                          {{"Integration TEST USD", "Another Frontend"}});
  vault_.ApplyRoute(document, name, "merchant_secret", kPraxisSecret);
}

void PaymentStage::Crash() {
  vault_.Kill();
  CV_CHECK(vault_.Start());
  Connect();
}

std::string PaymentStage::Token(const std::string& name, const std::string& cvv) {
  Call call;
  v1::TokenizeResponse response;
  const grpc::Status status =
      ingest_->Tokenize(call, TokenizeOf(name, std::string(kVisaTestPan), cvv), &response);
  EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
  return response.token().token();
}

PaymentAnswer PaymentStage::Try(const v1::PayInRequest& request) {
  return Ask(*pay_in_, &v1::PaymentService::Stub::PayIn, request);
}

PaymentAnswer PaymentStage::Try(const v1::PayOutRequest& request) {
  return Ask(*pay_out_, &v1::PaymentService::Stub::PayOut, request);
}

PaymentAnswer PaymentStage::Try(const v1::RefundRequest& request) {
  return Ask(*refund_, &v1::PaymentService::Stub::Refund, request);
}

void PaymentStage::ExpectPaid(const PaymentAnswer& answer) {
  EXPECT_EQ(answer.code, grpc::StatusCode::OK) << answer.reason << " " << answer.field;
}

v1::Payment PaymentStage::Get(const std::string& payment_id, bool refresh) {
  Call call;
  v1::GetPaymentRequest request;
  request.set_payment_id(payment_id);
  request.set_refresh(refresh);
  v1::GetPaymentResponse response;
  const grpc::Status status = pay_in_->GetPayment(call, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.payment();
}

v1::Payment PaymentStage::AwaitState(const std::string& payment_id, v1::PaymentState state) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  v1::Payment payment = Get(payment_id);
  while (payment.state() != state && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPoll);
    payment = Get(payment_id);
  }
  EXPECT_EQ(StateName(payment), v1::PaymentState_Name(state).substr(sizeof(kStatePrefix) - 1));
  return payment;
}

int PaymentStage::Port(const std::string& connector) const {
  return connector == "h2h" ? sandbox_->h2h_port() : sandbox_->praxis_port();
}

std::string StateName(const v1::Payment& payment) {
  return v1::PaymentState_Name(payment.state()).substr(sizeof(kStatePrefix) - 1);
}

}  // namespace cardvault::testing
