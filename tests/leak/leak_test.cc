// What a server leaves of the cards and CVVs it was given, whatever became of the calls: nothing,
// in its files and in its memory (promises 1 and 2).

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "card/test_pans.h"
#include "tests/leak/secret_search.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr int kCardCount = 400;
constexpr int kCallerCount = 4;
// Not all thousand: a protobuf field of a CVV has five bytes, which other data then has by chance.
constexpr int kCvvCount = 40;
constexpr int kSlowMillis = 400;
constexpr char kTimeouts[] = "timeouts: {connect: 2s, total: 5s}\n";
// The escrow is swept every second, and nothing else goes on by then.
constexpr auto kUntilIdle = std::chrono::milliseconds(2500);
constexpr char kRoute[] = "leak-route-h2h";
constexpr char kPraxisRoute[] = "leak-route-praxis";

// What the sandbox does by amount: pending, declined retry, late, wrong signature, the card given
// back in many spellings, another payment's answer, cut short, a page, an error, closed unbooked,
// an unknown word.
constexpr std::array<int64_t, 13> kAmounts = {1999,  2599,  70001, 70002, 70003, 70006, 70007,
                                              70008, 70009, 70012, 70013, 70014, 70015};

struct StoredCard {
  std::string number;
  std::string cvv;
  std::string token;
  std::string cvv_id;
};

class LeakTest : public ::testing::Test {
 protected:
  LeakTest() : cards_(CardGenerator::FromEnvironment()), search_(search_directory_.File("output")) {
    std::string config = ReadWholeFile(vault_.config_path());
    WriteWholeFile(vault_.config_path(), config + "log_level: debug\n");
    sandbox_ = std::make_unique<SandboxProcess>(vault_.pki(), kSlowMillis);
    for (int i = 0; i < kCvvCount; ++i) {
      cvvs_.push_back(cards_.Cvv());
      search_.AddCvv(cvvs_.back());
    }
  }

  void Start() {
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    const std::string ca = vault_.directory().File("ca.pem");
    vault_.ApplyRoute(sandbox_->H2hRoute(kRoute, kMerchant, ca, kTimeouts), kRoute, "api_secret",
                      kH2hSecret);
    vault_.ApplyRoute(sandbox_->PraxisRoute(kPraxisRoute, kMerchant, ca, kTimeouts), kPraxisRoute,
                      "merchant_secret", kPraxisSecret);
    ingest_ = vault_.Ingest();
    tokens_ = vault_.Tokens();
    pay_ = vault_.PayIn();
  }

  std::string NewNumber() {
    std::string number = cards_.Pan();
    search_.AddCard(number);
    return number;
  }

  const std::string& NextCvv() { return cvvs_[next_cvv_++ % cvvs_.size()]; }

  // Stores many cards, several callers at once over connections of their own.
  void StoreCards() {
    stored_.resize(kCardCount);
    for (StoredCard& card : stored_) card = {NewNumber(), NextCvv(), "", ""};
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallerCount; ++caller) {
      callers.emplace_back([this, caller] {
        const auto stub = vault_.Ingest();
        for (size_t i = caller; i < stored_.size(); i += kCallerCount) StoreCard(*stub, i);
      });
    }
    for (std::thread& caller : callers) caller.join();
  }

  void StoreCard(v1::TokenService::Stub& stub, size_t i) {
    StoredCard& card = stored_[i];
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status = stub.Tokenize(
        call, TokenizeOf("card-" + std::to_string(i), card.number, card.cvv), &response);
    ASSERT_TRUE(status.ok()) << status.error_message() << " " << call.reason();
    card.token = response.token().token();
    card.cvv_id = response.cvv_id();
  }

  // More codes for some tokens: some are paid with, some pushed out, some expire, some stay held.
  void ProvideCvvs() {
    for (size_t i = 0; i < stored_.size(); i += 4) {
      for (size_t deposit = 0; deposit <= i % 6; ++deposit) {
        v1::ProvideCvvRequest request;
        request.set_token(stored_[i].token);
        request.set_cvv(NextCvv());
        Call call;
        v1::ProvideCvvResponse response;
        const grpc::Status status = ingest_->ProvideCvv(call, request, &response);
        ASSERT_TRUE(status.ok()) << status.error_message() << " " << call.reason();
        stored_[i].cvv_id = response.cvv_id();
      }
    }
  }

  void ReplaceAndRepeat() {
    for (size_t i = 1; i < 40; i += 4) {
      Call replay_call;
      v1::TokenizeResponse replayed;
      EXPECT_TRUE(
          ingest_
              ->Tokenize(replay_call,
                         TokenizeOf("card-" + std::to_string(i), stored_[i].number, NextCvv()),
                         &replayed)
              .ok());
      EXPECT_EQ(replayed.token().token(), stored_[i].token);

      Call call;
      v1::ReplacePanRequest request;
      request.set_token(stored_[i].token);
      request.set_request_id("replace-" + std::to_string(i));
      *request.mutable_card() = TokenizeOf("", NewNumber(), "").card();
      v1::ReplacePanResponse response;
      EXPECT_TRUE(ingest_->ReplacePan(call, request, &response).ok()) << call.reason();
    }
    for (size_t i = 3; i < 40; i += 4) {
      Call call;
      v1::DeleteTokenRequest request;
      request.set_token(stored_[i].token);
      v1::DeleteTokenResponse response;
      EXPECT_TRUE(tokens_->DeleteToken(call, request, &response).ok()) << call.reason();
    }
  }

  void ExpectRefused(v1::TokenService::Stub& stub, const v1::TokenizeRequest& request) {
    Call call;
    v1::TokenizeResponse response;
    EXPECT_FALSE(stub.Tokenize(call, request, &response).ok());
  }

  // Everything that can be wrong with a call that has a card number in it.
  void Refusals() {
    auto bad = [this](const std::string& number, const std::string& cvv) {
      ExpectRefused(*ingest_, TokenizeOf("bad-" + std::to_string(++refusals_), number, cvv));
    };
    std::string mistyped = NewNumber();
    mistyped.back() = mistyped.back() == '0' ? '1' : '0';
    search_.AddCard(mistyped);
    bad(mistyped, NextCvv());
    bad(NewNumber() + "000000", NextCvv());
    bad(NewNumber() + "x", NextCvv());
    bad(NewNumber() + std::string("\0", 1), NextCvv());
    bad(NewNumber(), "12");
    bad(NewNumber(), NewNumber());
    const std::string number = NewNumber();
    bad(number.substr(0, 4) + "-" + number.substr(4, 4) + "-" + number.substr(8, 4) + "-" +
            number.substr(12),
        NextCvv());

    v1::TokenizeRequest request = TokenizeOf("misplaced", NewNumber(), NextCvv());
    request.set_request_id(NewNumber());
    ExpectRefused(*ingest_, request);
    request = TokenizeOf("misplaced", NewNumber(), NextCvv());
    request.mutable_card()->set_cardholder_name("Jane " + NewNumber());
    ExpectRefused(*ingest_, request);
    request = TokenizeOf("misplaced", NewNumber(), NextCvv());
    (*request.mutable_labels())["note"] = NewNumber();
    ExpectRefused(*ingest_, request);
    (*request.mutable_labels())[NewNumber()] = "note";
    ExpectRefused(*ingest_, request);
    request = TokenizeOf("misplaced", NewNumber(), NextCvv());
    request.set_customer_id(NewNumber());
    ExpectRefused(*ingest_, request);

    // Beyond the limits of cardvault and of gRPC, and under roles that may not.
    for (const size_t repeats : {size_t{5000}, size_t{200000}}) {
      const std::string repeated = NewNumber();
      std::string name;
      for (size_t i = 0; i < repeats; ++i) name += repeated;
      request = TokenizeOf("huge", NewNumber(), NextCvv());
      request.mutable_card()->set_cardholder_name(name);
      ExpectRefused(*ingest_, request);
    }
    ExpectRefused(*tokens_, TokenizeOf("role", NewNumber(), NextCvv()));
    ExpectRefused(*v1::TokenService::NewStub(
                      vault_.MerchantChannel("spiffe://test.example/merchant/nobody/ingest")),
                  TokenizeOf("role", NewNumber(), NextCvv()));
    RefusedTokens();
    RefusedBytes();
    AbandonedCalls();
  }

  void RefusedTokens() {
    Call get_call;
    v1::GetTokenRequest get;
    get.set_token(NewNumber());
    v1::GetTokenResponse got;
    EXPECT_FALSE(tokens_->GetToken(get_call, get, &got).ok());
    Call cvv_call;
    v1::ProvideCvvRequest provide;
    provide.set_token(NewNumber());
    provide.set_cvv(NextCvv());
    v1::ProvideCvvResponse provided;
    EXPECT_FALSE(ingest_->ProvideCvv(cvv_call, provide, &provided).ok());
    Call list_call;
    v1::ListTokensRequest list;
    list.set_page_token(NewNumber());
    v1::ListTokensResponse listed;
    EXPECT_FALSE(tokens_->ListTokens(list_call, list, &listed).ok());
  }

  // Bytes that no generated stub would send.
  void RefusedBytes() {
    const auto channel = vault_.MerchantChannel(MerchantUri(kMerchant, "ingest"));
    const std::string method = "/cardvault.v1.TokenService/Tokenize";
    std::string request = TokenizeOf("bytes", NewNumber(), NextCvv()).SerializeAsString();
    request[request.find("Jane")] = '\xff';
    Call utf8_call;
    EXPECT_FALSE(RawCall(*channel, method, utf8_call, request).ok());
    Call cut_call;
    request = TokenizeOf("bytes", NewNumber(), NextCvv()).SerializeAsString();
    EXPECT_FALSE(RawCall(*channel, method, cut_call, request.substr(0, request.size() - 2)).ok());
    Call text_call;
    EXPECT_FALSE(RawCall(*channel, method, text_call, NewNumber()).ok());
    // A field of a later version: field 99, 16 bytes. It may be taken or not.
    Call unknown_call;
    request = TokenizeOf("unknown-field", NewNumber(), NextCvv()).SerializeAsString();
    RawCall(*channel, method, unknown_call, request + "\x9a\x06\x10" + NewNumber());
  }

  // Callers that do not wait for the answer.
  void AbandonedCalls() {
    for (int i = 0; i < 40; ++i) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(i % 8));
      v1::TokenizeResponse response;
      ingest_->Tokenize(&context,
                        TokenizeOf("abandoned-" + std::to_string(i), NewNumber(), NextCvv()),
                        &response);
    }
  }

  v1::Payment Pay(const std::string& route, const std::string& payment_id, const StoredCard& card,
                  int64_t amount) {
    v1::PayInRequest request = PayInOf(route, payment_id, card.token, amount);
    request.set_cvv_id(card.cvv_id);
    Call call;
    v1::PayInResponse response;
    const grpc::Status status = pay_->PayIn(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.reason() << " "
                             << call.field();
    return response.payment();
  }

  // Every outcome on both connectors, with generated and with published numbers.
  void PayAll() {
    size_t next = 40;  // those before were replaced or deleted
    int approved = 0;
    for (const char* route : {kRoute, kPraxisRoute}) {
      for (const int64_t amount : kAmounts) {
        for (int i = 0; i < 2; ++i) {
          const v1::Payment payment =
              Pay(route, std::string(route) + "-" + std::to_string(next), stored_[next], amount);
          if (payment.state() == v1::PAYMENT_STATE_APPROVED) ++approved;
          ++next;
        }
      }
      PayWithOutcomeOfCvv(route, "333", v1::PAYMENT_STATE_REDIRECT_REQUIRED);
      PayWithOutcomeOfCvv(route, "000", v1::PAYMENT_STATE_DECLINED);
      PayWithOutcomeOfCvv(route, "568", v1::PAYMENT_STATE_APPROVED);
    }
    EXPECT_GE(approved, 8);
  }

  void PayWithOutcomeOfCvv(const std::string& route, const std::string& cvv,
                           v1::PaymentState state) {
    search_.AddCvv(cvv);
    search_.AddCard(std::string(kVisaTestPan2));
    const std::string id = route + "-outcome-" + cvv;
    Call call;
    v1::TokenizeResponse response;
    ASSERT_TRUE(
        ingest_->Tokenize(call, TokenizeOf(id, std::string(kVisaTestPan2), cvv), &response).ok());
    const StoredCard card = {"", cvv, response.token().token(), response.cvv_id()};
    EXPECT_EQ(Pay(route, id, card, 1500).state(), state) << id;
  }

  void CloseConnections() {
    ingest_.reset();
    tokens_.reset();
    pay_.reset();
  }

  void ExpectNothingFound(std::optional<pid_t> pid) {
    const Finished finished =
        search_.Run({vault_.data_directory(), vault_.directory().path()}, pid, kRoute);
    EXPECT_EQ(finished.exit_code, 0) << finished.output;
  }

  CardGenerator cards_;
  TempDir search_directory_;
  SecretSearch search_;
  VaultProcess vault_;
  std::unique_ptr<SandboxProcess> sandbox_;
  std::unique_ptr<v1::TokenService::Stub> ingest_;
  std::unique_ptr<v1::TokenService::Stub> tokens_;
  std::unique_ptr<v1::PaymentService::Stub> pay_;
  std::vector<std::string> cvvs_;
  size_t next_cvv_ = 0;
  int refusals_ = 0;
  std::vector<StoredCard> stored_;
};

TEST_F(LeakTest, NothingIsLeftInFilesOrMemory) {
  ASSERT_NO_FATAL_FAILURE(Start());
  ASSERT_NO_FATAL_FAILURE(StoreCards());
  ASSERT_NO_FATAL_FAILURE(ProvideCvvs());
  ReplaceAndRepeat();
  Refusals();
  ASSERT_NO_FATAL_FAILURE(PayAll());

  // A connection's buffers keep what came over it until more comes: SECURITY.md says so.
  CloseConnections();
  std::this_thread::sleep_for(kUntilIdle);
  ExpectNothingFound(MayReadMemory() ? std::optional<pid_t>(vault_.pid()) : std::nullopt);

  // As it ends: no core, no last words.
  vault_.Kill();
  ExpectNothingFound(std::nullopt);
}

}  // namespace
}  // namespace cardvault::testing
