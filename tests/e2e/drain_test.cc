// Health, and an orderly end: SIGTERM lets a payment under way come to its outcome.

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>

#include "card/test_pans.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
const std::string& Serving() {
  static const auto& bytes = *new std::string("\x08\x01");  // status: SERVING
  return bytes;
}

TEST(HealthTest, BothPortsServe) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  for (const auto& channel : {vault.MerchantChannel(MerchantUri(kMerchant, "tokens")),
                              vault.AdminChannel(kOperatorUri)}) {
    Call call;
    std::string answer;
    EXPECT_TRUE(RawCall(*channel, kHealthCheck, call, "", &answer).ok());
    EXPECT_EQ(answer, Serving());
  }
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

TEST(DrainTest, APaymentUnderWayEndsAndNewCallsAreRefused) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  SandboxProcess sandbox(vault.pki(), /*slow_millis=*/2000);
  vault.ApplyRoute(sandbox.PraxisRoute("praxis", kMerchant, vault.directory().File("ca.pem")),
                   "praxis", "merchant_secret", kPraxisSecret);
  v1::TokenizeRequest tokenize;
  tokenize.set_request_id("drain");
  tokenize.mutable_card()->set_number(std::string(kVisaTestPan));
  tokenize.mutable_card()->set_expiry_month(12);
  tokenize.mutable_card()->set_expiry_year(2035);
  tokenize.mutable_card()->set_cardholder_name("Jane Doe");
  tokenize.mutable_card()->set_cvv("568");
  Call tokenize_call;
  v1::TokenizeResponse tokenized;
  const auto ingest = vault.Ingest();
  ASSERT_TRUE(ingest->Tokenize(tokenize_call, tokenize, &tokenized).ok());

  v1::PayInRequest request;
  request.set_token(tokenized.token().token());
  request.set_route("praxis");
  request.set_payment_id("drain-1");
  request.set_amount(70003);  // answered after two seconds
  request.set_currency("USD");
  v1::Customer& customer = *request.mutable_customer();
  customer.set_id("cust-1");
  customer.set_first_name("Jane");
  customer.set_last_name("Doe");
  customer.set_email("jane@example.com");
  customer.set_phone("+1 212 555 0142");
  customer.set_ip_address("198.51.100.24");
  customer.set_country("DE");
  customer.set_birth_date("1980-01-31");
  request.mutable_urls()->set_notification_url("https://shop.example/notify");
  request.mutable_urls()->set_return_success_url("https://shop.example/ok");
  const auto pay = vault.PayIn();
  grpc::Status status;
  v1::PayInResponse response;
  Call pay_call;
  std::thread payer([&] { status = pay->PayIn(pay_call, request, &response); });
  while (sandbox.Order(sandbox.praxis_port(), "drain-1").posts == 0) std::this_thread::yield();

  kill(vault.pid(), SIGTERM);
  // New calls are refused as soon as draining has begun, while the payment is still under way.
  std::string reason;
  while (reason.empty()) {
    Call late;
    v1::TokenizeResponse ignored;
    if (ingest->Tokenize(late, tokenize, &ignored).ok()) continue;
    reason = late.reason();
    break;
  }
  EXPECT_EQ(reason, "DRAINING");
  payer.join();
  EXPECT_TRUE(status.ok()) << status.error_message() << " " << pay_call.field();
  EXPECT_EQ(response.payment().state(), v1::PAYMENT_STATE_APPROVED);
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

}  // namespace
}  // namespace cardvault::testing
