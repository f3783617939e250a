// The notification handler of docs/clients/python, between the sandbox gateways and a real server.

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing/child_process.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/sandbox_outbox.h"

namespace cardvault::testing {
namespace {

constexpr long kPostSeconds = 30;

size_t Append(char* data, size_t size, size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

class PythonNotificationTest : public ::testing::Test {
 protected:
  PythonNotificationTest() {
    stage_.AddPraxisRoute("praxis");
    stage_.vault().WriteProfile();  // and with it the certificates of every role
    const std::string stubs = stage_.vault().directory().File("stubs");
    const Finished made = RunToEnd({"/usr/bin/python3", "docs/clients/python/make_stubs.py", stubs},
                                   Log("make_stubs.log"));
    EXPECT_EQ(made.exit_code, 0) << made.output;
    handler_.emplace(
        std::vector<std::string>{"/usr/bin/python3", "docs/clients/python/notification_handler.py",
                                 "--stubs", stubs, "--server",
                                 "127.0.0.1:" + std::to_string(stage_.vault().merchant_port()),
                                 "--tls", stage_.vault().directory().path()},
        Log("handler.log"));
    const std::string told = "listening on ";
    while (handler_->Output().find("/notify/ROUTE\n") == std::string::npos) {
      if (!handler_->running()) break;
      std::this_thread::yield();
    }
    const std::string output = handler_->Output();
    const size_t at = output.find(told);
    EXPECT_NE(at, std::string::npos) << output;
    if (at == std::string::npos) return;
    base_ = output.substr(at + told.size(), output.find("ROUTE", at) - at - told.size());
  }

  std::string Log(const std::string& name) { return stage_.vault().directory().File(name); }

  // Posts as the gateway would; the handler's answer.
  v1::HttpAnswer Post(const SandboxNotification& notification, const std::string& route) {
    v1::HttpAnswer answer;
    CURL* curl = curl_easy_init();
    const std::string url = base_ + route;
    std::string body;
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    for (const v1::HttpHeader& header : notification.headers) {
      headers = curl_slist_append(headers, (header.name() + ": " + header.value()).c_str());
    }
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, notification.body.c_str());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, kPostSeconds);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    EXPECT_EQ(curl_easy_perform(curl), CURLE_OK);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    answer.set_status(static_cast<int32_t>(status));
    answer.set_body(body);
    return answer;
  }

  PaymentStage stage_;
  std::optional<ChildProcess> handler_;
  std::string base_;
};

TEST_F(PythonNotificationTest, ReturnsTheAcknowledgementAndNothingToAForgery) {
  ASSERT_EQ(StateName(stage_.Pay(PayInOf("praxis", "order-1", stage_.Token("order-1"), 70001))),
            "PENDING");
  const SandboxOutbox outbox(stage_.sandbox(), stage_.Port("praxis"));
  outbox.Settle("order-1", "approved");
  const SandboxNotification good = outbox.Of("order-1").back();

  EXPECT_EQ(Post(outbox.Forge("order-1", "signature"), "praxis").status(), 403);
  EXPECT_EQ(Post(good, "nowhere").status(), 400);
  EXPECT_EQ(Post(good, "").status(), 404);
  EXPECT_EQ(StateName(stage_.Get("order-1")), "PENDING");

  const v1::HttpAnswer answer = Post(good, "praxis");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_TRUE(outbox.Accepts(good.number, answer)) << answer.body();
  EXPECT_EQ(StateName(stage_.Get("order-1")), "APPROVED");
  EXPECT_NE(handler_->Output().find("payment: order-1 APPROVED\n"), std::string::npos)
      << handler_->Output();

  // While the vault is away the gateway is told to come again.
  ASSERT_EQ(stage_.vault().Stop(), 0);
  EXPECT_EQ(Post(good, "praxis").status(), 503);
  ASSERT_TRUE(stage_.vault().Start());
}

}  // namespace
}  // namespace cardvault::testing
