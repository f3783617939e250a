// Promise 3 against kill -9: 10,000 Tokenize calls while the server is killed again and again. What
// was acknowledged is there and whole, and a repeat of its request answers the same token.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr int kCalls = 10000;
constexpr int kCallers = 16;
constexpr int kKills = 6;

struct Sent {
  v1::TokenizeRequest request;
  std::string token;  // "" : not acknowledged
};

class SigkillTest : public ::testing::Test {
 protected:
  // Sends requests[next..] from several threads until `stop_after` more were acknowledged, then
  // kills the server under them.
  void SendAndKill(VaultProcess& vault, std::vector<Sent>& all, std::atomic<int>& next,
                   int stop_after) {
    std::atomic<int> acknowledged = 0;
    std::atomic<bool> dead = false;
    std::vector<std::thread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        const auto stub = vault.Ingest();
        for (;;) {
          if (dead.load()) return;
          const int mine = next.fetch_add(1);
          if (mine >= static_cast<int>(all.size())) return;
          Call call;
          v1::TokenizeResponse response;
          if (stub->Tokenize(call, all[mine].request, &response).ok()) {
            all[mine].token = response.token().token();
            acknowledged.fetch_add(1);
          } else if (!dead.load()) {
            ADD_FAILURE() << "refused before the kill: " << call.reason();
            return;
          }
        }
      });
    }
    while (acknowledged.load() < stop_after && next.load() < static_cast<int>(all.size())) {
      std::this_thread::yield();
    }
    dead.store(true);
    vault.Kill();
    for (std::thread& caller : callers) caller.join();
  }
};

TEST_F(SigkillTest, AcknowledgedCardsSurviveAndNoneIsHalfThere) {
  CardGenerator cards = CardGenerator::FromEnvironment();
  std::mt19937_64 random(cards.seed());
  std::vector<Sent> all(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    v1::TokenizeRequest& request = all[i].request;
    request.set_request_id("kill-" + std::to_string(i));
    request.mutable_card()->set_number(cards.Pan());
    request.mutable_card()->set_expiry_month(cards.ExpiryMonth());
    request.mutable_card()->set_expiry_year(cards.ExpiryYear());
    request.set_customer_id("customer-" + std::to_string(i % 100));
  }

  VaultProcess vault;
  std::atomic<int> next = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    ASSERT_TRUE(vault.Start()) << vault.output();
    const int chunk = kCalls / kKills;
    SendAndKill(vault, all, next, static_cast<int>(random() % chunk) + chunk / 4);
  }
  ASSERT_TRUE(vault.Start()) << vault.output();

  const auto ingest = vault.Ingest();
  const auto tokens = vault.Tokens();
  int acknowledged = 0;
  int repeated = 0;
  for (const Sent& sent : all) {
    if (sent.token.empty()) continue;
    ++acknowledged;
    Call call;
    v1::GetTokenRequest get;
    get.set_token(sent.token);
    v1::GetTokenResponse got;
    const grpc::Status status = tokens->GetToken(call, get, &got);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(got.token().last_four(), sent.request.card().number().substr(12));
    ASSERT_EQ(got.token().expiry_year(), sent.request.card().expiry_year());
    if (acknowledged % 20 == 0) {
      Call again;
      v1::TokenizeResponse response;
      ASSERT_TRUE(ingest->Tokenize(again, sent.request, &response).ok());
      ASSERT_EQ(response.token().token(), sent.token);
      ++repeated;
    }
  }
  EXPECT_GT(acknowledged, kCalls / 4);
  EXPECT_GT(repeated, 10);

  // What was not acknowledged is absent or whole: every listed token opens.
  int listed = 0;
  v1::ListTokensRequest list;
  list.set_page_size(200);
  do {
    Call call;
    v1::ListTokensResponse response;
    ASSERT_TRUE(tokens->ListTokens(call, list, &response).ok());
    for (const v1::TokenData& token : response.tokens()) {
      EXPECT_EQ(token.last_four().size(), 4u);
      ++listed;
    }
    list.set_page_token(response.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_GE(listed, acknowledged);
  printf("%d acknowledged, %d listed after %d kills\n", acknowledged, listed, kKills);

  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  int created = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    created += entry.leaf.action == AuditAction::kTokenCreated ? 1 : 0;
  }
  EXPECT_EQ(created, listed);  // no card without its entry, no entry without its card
}

}  // namespace
}  // namespace cardvault::testing
