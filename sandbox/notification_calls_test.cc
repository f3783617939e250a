#include "sandbox/notification_calls.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sandbox/praxis_signature.h"
#include "sandbox/testing/raw_client.h"
#include "sandbox/testing/running_gateways.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSecret[] = "MerchantSecretKey";

// The calls are the same on every gateway: the Praxis gateway stands for all.
class NotificationCallsTest : public testing::Test {
 protected:
  RawAnswer Send(const std::string& request) const {
    RawClient client(gateways_.praxis_port());
    return client.Exchange(request);
  }
  JsonValue Call(const std::string& path, const JsonValue& body) const {
    return JsonOf(Send(HttpPost(path, "", body.Write())));
  }
  void Settle(const std::string& id, const std::string& state, int64_t amount) {
    JsonValue body = JsonValue::Object();
    body.Set("order", JsonValue::String(id)).Set("state", JsonValue::String(state));
    body.Set("settled_amount", JsonValue::Number(amount));
    EXPECT_EQ(Call("/sandbox/settle", body).Write(), "{}");
  }
  JsonValue After(int64_t number) const {
    return JsonOf(Send(HttpGet(absl::StrCat("/sandbox/notifications?after=", number))));
  }
  // The bodies of `page`, whose signatures have to be right.
  static std::vector<JsonValue> Verified(const JsonValue& page) {
    std::vector<JsonValue> bodies;
    for (const JsonValue& notification : page.elements()) {
      bodies.push_back(JsonValue::Parse(notification.StringAt("body")).value());
      EXPECT_TRUE(VerifyPraxisMessage(bodies.back(), kSecret));
    }
    return bodies;
  }
  JsonValue Stats() const { return RunningGateways::Stats(gateways_.praxis_port()); }

  RunningGateways gateways_;
};

TEST_F(NotificationCallsTest, EachStateOfAPaymentIsToldInOrder) {
  Send(gateways_.Sale("order-1", 70001, "568"));
  Settle("order-1", "approved", 70000);
  const JsonValue page = After(0);
  EXPECT_EQ(page.elements().at(0).StringAt("order"), "order-1");
  const std::vector<JsonValue> bodies = Verified(page);
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0].StringAt("transaction_status"), "pending");
  EXPECT_EQ(bodies[0].Find("charge_amount"), nullptr);
  EXPECT_EQ(bodies[1].StringAt("transaction_status"), "approved");
  EXPECT_EQ(NumberAt(bodies[1], "charge_amount"), 70000);
  EXPECT_EQ(After(1).elements().size(), 1u);
}

TEST_F(NotificationCallsTest, ACascadeIsToldUnderANewTraceId) {
  Send(gateways_.Sale("order-1", 70002, "568"));
  Settle("order-1", "approved", 70002);
  const std::vector<JsonValue> bodies = Verified(After(0));
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0].StringAt("transaction_status"), "declined retry");
  EXPECT_EQ(bodies[1].StringAt("transaction_status"), "approved");
  EXPECT_GT(NumberAt(bodies[1], "trace_id"), NumberAt(bodies[0], "trace_id"));
  EXPECT_NE(bodies[1].StringAt("transaction_id"), bodies[0].StringAt("transaction_id"));
}

TEST_F(NotificationCallsTest, WhatTheThreeDSecurePageDecidesIsTold) {
  Send(gateways_.Sale("order-1", 1500, "333"));
  Send(
      "POST /3ds/order-1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 14\r\n\r\nresult=decline");
  const std::vector<JsonValue> bodies = Verified(After(0));
  ASSERT_EQ(bodies.size(), 2u);
  EXPECT_EQ(bodies[0].StringAt("transaction_status"), "pending async");
  EXPECT_EQ(bodies[1].StringAt("transaction_status"), "declined");
}

TEST_F(NotificationCallsTest, TheVendorsContradictionIsToldAndLookUpsSayApproved) {
  const JsonValue answer = JsonOf(Send(gateways_.Sale("order-1", 334, "333")));
  EXPECT_EQ(answer.StringAt("transaction_status"), "approved");
  std::string states;
  for (const JsonValue& body : Verified(After(0))) {
    absl::StrAppend(&states, body.StringAt("transaction_status"), " ");
  }
  EXPECT_EQ(states, "approved approved declined declined ");
  EXPECT_EQ(JsonOf(Send(gateways_.FindOrder("order-1"))).StringAt("transaction_status"),
            "approved");
}

TEST_F(NotificationCallsTest, ARefusedRequestIsNotTold) {
  Send(gateways_.Sale("order-1", 1500, "12"));
  EXPECT_EQ(Send(HttpGet("/sandbox/notifications")).body, "[]");
}

TEST_F(NotificationCallsTest, AcknowledgementsAreVerifiedAndCounted) {
  Send(gateways_.Sale("order-1", 1500, "568"));
  JsonValue call = JsonValue::Object();
  call.Set("number", JsonValue::Number(1)).Set("status", JsonValue::Number(200));
  call.Set("headers", JsonValue::Object()).Set("body", JsonValue::String("OK"));
  EXPECT_EQ(Call("/sandbox/notifications/acknowledge", call).Write(),
            R"({"acknowledged":false,"reason":"body: must be one JSON object","resent_as":2})");
  JsonValue reply = JsonValue::Object();
  reply.Set("description", JsonValue::String("Success")).Set("status", JsonValue::Number(0));
  reply.Set("timestamp", JsonValue::Number(gateways_.now_seconds()));
  reply.Set("version", JsonValue::String("1.1"));
  call.Set("number", JsonValue::Number(2)).Set("body", JsonValue::String(SignedText(reply)));
  EXPECT_EQ(Call("/sandbox/notifications/acknowledge", call).Write(), R"({"acknowledged":true})");
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(stats, "notifications"), 1);
  EXPECT_EQ(NumberAt(stats, "acknowledged"), 1);
  EXPECT_EQ(NumberAt(stats, "resent"), 1);
  EXPECT_EQ(NumberAt(stats, "bad_acknowledgements"), 1);
}

TEST_F(NotificationCallsTest, WrongCallsAreRefused) {
  const auto error_of = [this](const std::string& path, const std::string& body) {
    return std::string(JsonOf(Send(HttpPost(path, "", body))).StringAt("error"));
  };
  EXPECT_TRUE(absl::StrContains(Send(HttpGet("/sandbox/notifications?after=x")).head, "400"));
  const std::string acknowledge = "/sandbox/notifications/acknowledge";
  EXPECT_EQ(error_of(acknowledge, "{}"), "number: required");
  EXPECT_EQ(error_of(acknowledge, R"({"number":1,"status":200,"headers":{},"body":{}})"),
            "body: must be a string");
  EXPECT_EQ(error_of(acknowledge, R"({"number":1,"status":200,"headers":[],"body":""})"),
            "headers: must be an object");
  EXPECT_EQ(error_of(acknowledge, R"({"number":1,"status":200,"headers":{},"body":""})"),
            "number: not found");
  const std::string forge = "/sandbox/notifications/forge";
  EXPECT_EQ(error_of(forge, R"({"order":"a","what":"nothing"})"),
            "what: must be signature, foreign, amount or stale");
  EXPECT_EQ(error_of(forge, R"({"order":"a","what":"stale"})"), "order: not found");
}

TEST_F(NotificationCallsTest, ForgesWhatIsAskedFor) {
  Send(gateways_.Sale("order-1", 1500, "568"));
  JsonValue call = JsonValue::Object();
  call.Set("order", JsonValue::String("order-1")).Set("what", JsonValue::String("amount"));
  EXPECT_EQ(Call("/sandbox/notifications/forge", call).Write(), "{}");
  EXPECT_EQ(NumberAt(Verified(After(1)).at(0), "amount"), 1501);
}

TEST_F(NotificationCallsTest, StaysRightUnder64Connections) {
  constexpr int kConnectionCount = 64;
  std::vector<std::thread> merchants;
  for (int i = 0; i < kConnectionCount; ++i) {
    merchants.emplace_back([this, i] {
      const std::string id = absl::StrCat("order-", i);
      Send(gateways_.Sale(id, 70001, "568"));
      Settle(id, "approved", 70001);
      After(0);
      Send(gateways_.FindOrder(id));
      Stats();
    });
  }
  for (std::thread& merchant : merchants) merchant.join();
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(stats, "booked"), kConnectionCount);
  EXPECT_EQ(NumberAt(stats, "status_calls"), kConnectionCount);
  EXPECT_EQ(NumberAt(stats, "notifications"), 2 * kConnectionCount);
  const JsonValue page = After(0);
  Verified(page);
  std::map<std::string, std::string> last_state;
  for (const JsonValue& notification : page.elements()) {
    const JsonValue body = JsonValue::Parse(notification.StringAt("body")).value();
    last_state[std::string(notification.StringAt("order"))] =
        std::string(body.StringAt("transaction_status"));
  }
  EXPECT_EQ(last_state.size(), static_cast<size_t>(kConnectionCount));
  for (const auto& [order, state] : last_state) EXPECT_EQ(state, "approved") << order;
}

TEST_F(NotificationCallsTest, CountsWhatComesFirstRightlyUnder64Connections) {
  Send(gateways_.Sale("failing", 70018, "568"));
  std::atomic<int> booked = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> resent = 0;
  std::vector<std::thread> merchants;
  for (int i = 0; i < 64; ++i) {
    merchants.emplace_back([&] {
      const RawAnswer sale = Send(gateways_.Sale("same", 1500, "568"));
      if (JsonOf(sale).StringAt("transaction_status") == "approved") ++booked;
      if (absl::StrContains(Send(gateways_.FindOrder("failing")).head, "500")) ++failed;
      const JsonValue call =
          JsonValue::Parse(R"({"number":1,"status":500,"headers":{},"body":""})").value();
      if (Call("/sandbox/notifications/acknowledge", call).Find("resent_as") != nullptr) ++resent;
    });
  }
  for (std::thread& merchant : merchants) merchant.join();
  EXPECT_EQ(booked, 1);
  EXPECT_EQ(failed, 2);
  EXPECT_EQ(resent, 1);
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(stats, "double_posts"), 63);
  EXPECT_EQ(NumberAt(stats, "bad_acknowledgements"), 64);
  EXPECT_EQ(NumberAt(stats, "notifications"), 2);
}

}  // namespace
}  // namespace cardvault::sandbox
