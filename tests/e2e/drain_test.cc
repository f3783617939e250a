// Health, and an orderly end: SIGTERM lets a payment under way come to its outcome.

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>

#include "card/test_pans.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/test_requests.h"
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
  const v1::TokenizeRequest tokenize = TokenizeOf("drain", std::string(kVisaTestPan), "568");
  Call tokenize_call;
  v1::TokenizeResponse tokenized;
  const auto ingest = vault.Ingest();
  ASSERT_TRUE(ingest->Tokenize(tokenize_call, tokenize, &tokenized).ok());

  // Answered after two seconds.
  const v1::PayInRequest request = PayInOf("praxis", "drain-1", tokenized.token().token(), 70003);
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
