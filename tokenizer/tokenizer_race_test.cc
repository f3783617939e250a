#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "tokenizer/tokenizer.h"

namespace cardvault {
namespace {

constexpr int kCallers = 64;

// All calls are decided on the same state of the store, and committed in one batch.
class TokenizerRaceTest : public testing::Test {
 protected:
  ~TokenizerRaceTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  std::vector<absl::StatusOr<TokenizeOutput>> TokenizeAtOnce(std::vector<TokenizeInput> inputs) {
    std::vector<absl::StatusOr<TokenizeOutput>> outputs(inputs.size(),
                                                        absl::UnknownError("not answered"));
    absl::BlockingCounter open(static_cast<int>(inputs.size()));
    vault_.pipeline().HoldUntil(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      vault_.tokenizer().Tokenize(std::move(inputs[i]),
                                  [&outputs, &open, i](absl::StatusOr<TokenizeOutput> output) {
                                    outputs[i] = std::move(output);
                                    open.DecrementCount();
                                  });
    }
    open.Wait();
    return outputs;
  }
  std::vector<TokenizeInput> Inputs(const std::function<void(TokenizeInput&)>& change) {
    std::vector<TokenizeInput> inputs;
    for (int i = 0; i < kCallers; ++i) {
      inputs.push_back(vault_.Card(kVisaTestPan));
      inputs.back().customer = TestCustomer("c1");
      change(inputs.back());
    }
    return inputs;
  }

  TestVault vault_;
};

TEST_F(TokenizerRaceTest, CallersWithOnePanAndCustomerGetOneToken) {
  const auto outputs = TokenizeAtOnce(Inputs([](TokenizeInput&) {}));
  int created = 0;
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, outputs.front()->view.token);
    created += output->disposition == Disposition::kCreated;
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 1u);
}

TEST_F(TokenizerRaceTest, CallersWithReuseMerchantGetOneToken) {
  const auto outputs = TokenizeAtOnce(Inputs([](TokenizeInput& input) {
    input.reuse = Reuse::kMerchant;
    input.customer = std::nullopt;
  }));
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, outputs.front()->view.token);
  }
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 1u);
}

TEST_F(TokenizerRaceTest, CallersWithoutReuseGetATokenEachAndOneFingerprint) {
  const auto outputs =
      TokenizeAtOnce(Inputs([](TokenizeInput& input) { input.reuse = Reuse::kNone; }));
  std::set<std::string> tokens;
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_TRUE(tokens.insert(output->view.token.text()).second);
    EXPECT_EQ(output->view.fingerprint, outputs.front()->view.fingerprint);
  }
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
}

TEST_F(TokenizerRaceTest, CallersWithOneRequestIdGetOneAnswer) {
  const auto outputs = TokenizeAtOnce(Inputs([](TokenizeInput& input) {
    input.request_id = TestRequest("the-same");
    input.reuse = Reuse::kNone;
  }));
  int replays = 0;
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, outputs.front()->view.token);
    replays += output->replay_of.has_value();
  }
  EXPECT_EQ(replays, kCallers - 1);
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 1u);
}

TEST_F(TokenizerRaceTest, CallersWithOneRequestIdAndOtherContentAreRefusedButOne) {
  int n = 0;
  const auto outputs = TokenizeAtOnce(Inputs([&n](TokenizeInput& input) {
    input.request_id = TestRequest("the-same");
    input.cardholder_name = absl::StrCat("N", n++);
  }));
  int created = 0;
  for (const auto& output : outputs) {
    if (output.ok()) {
      ++created;
    } else {
      EXPECT_THAT(output,
                  StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kRequestIdReused));
    }
  }
  EXPECT_EQ(created, 1);
}

TEST_F(TokenizerRaceTest, TheLatestExpiryWins) {
  ASSERT_THAT(vault_.Tokenize(std::move(Inputs([](TokenizeInput&) {}).front())), IsOk());
  int n = 0;
  std::vector<TokenizeInput> inputs = Inputs([&n](TokenizeInput& input) {
    input.expiry = TestExpiry(1 + n % 12, 2036 + n / 12 % 2);
    ++n;
  });
  const auto outputs = TokenizeAtOnce(std::move(inputs));
  for (const auto& output : outputs) ASSERT_THAT(output, IsOk());
  EXPECT_EQ(vault_.Get(outputs.front()->view.token)->profile.expiry, TestExpiry(12, 2037));
}

// With two tokens there already, adding one no longer touches the card's row: the slot alone keeps
// the callers apart.
TEST_F(TokenizerRaceTest, CallersWithOneCustomerGetOneTokenOfACardThatHasOthers) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan)), IsOk());
  const auto outputs = TokenizeAtOnce(Inputs([](TokenizeInput&) {}));
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, outputs.front()->view.token);
  }
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 4u);
}

// A token that is disabled in the same batch is not answered as an active one.
TEST_F(TokenizerRaceTest, AMatchedTokenIsAnsweredAsItIsWhenTheMatchIsCommitted) {
  TokenizeInput first = std::move(Inputs([](TokenizeInput&) {}).front());
  TokenizeInput second = std::move(Inputs([](TokenizeInput&) {}).front());
  const Token token = vault_.Tokenize(std::move(first))->view.token;
  absl::BlockingCounter open(2);
  absl::StatusOr<TokenizeOutput> matched = absl::UnknownError("");
  vault_.pipeline().HoldUntil(2);
  vault_.desk().Disable(TestCall("shop"), token,
                        [&open](absl::StatusOr<TokenView>) { open.DecrementCount(); });
  vault_.tokenizer().Tokenize(std::move(second), [&](absl::StatusOr<TokenizeOutput> output) {
    matched = std::move(output);
    open.DecrementCount();
  });
  open.Wait();
  ASSERT_THAT(matched, IsOk());
  EXPECT_EQ(matched->view.token, token);
  EXPECT_EQ(matched->view.state, TokenState::kDisabled);
}

// The guard counts across one batch: of 64 PANs that share BIN and last four, ten get in.
TEST_F(TokenizerRaceTest, TheEnumerationGuardCountsAcrossTheBatch) {
  std::vector<TokenizeInput> inputs;
  for (const std::string& pan : PansSharingEnds(kCallers)) inputs.push_back(vault_.Card(pan));
  int admitted = 0;
  for (const auto& output : TokenizeAtOnce(std::move(inputs))) {
    if (output.ok()) {
      ++admitted;
    } else {
      EXPECT_THAT(output,
                  StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kEnumeration));
    }
  }
  EXPECT_EQ(admitted, 10);
}

TEST_F(TokenizerRaceTest, ARotationBetweenSealingAndCommitSealsAgain) {
  vault_.pipeline().HoldUntil(2);
  absl::BlockingCounter open(2);
  std::vector<absl::StatusOr<TokenizeOutput>> outputs(2, absl::UnknownError(""));
  const auto answer = [&](size_t i) {
    return [&, i](absl::StatusOr<TokenizeOutput> output) {
      outputs[i] = std::move(output);
      open.DecrementCount();
    };
  };
  vault_.tokenizer().Tokenize(vault_.Card(kVisaTestPan), answer(0));
  vault_.RotateKeys(2);
  vault_.tokenizer().Tokenize(vault_.Card(kVisaTestPan2), answer(1));
  open.Wait();
  for (const auto& output : outputs) {
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token.mac_key_version(), 2);
    EXPECT_THAT(vault_.Get(output->view.token), IsOk());
  }
  for (const KeyedRow& row : vault_.Rows(Table::kFingerprints)) EXPECT_EQ(row.key[3], 2);
}

// Every interleaving that two threads happen on: tokens of one card come and go, and the card's
// fingerprint row is there exactly as long as one of them.
TEST_F(TokenizerRaceTest, TokensOfOneCardComeAndGoAtOnce) {
  constexpr int kRounds = 300;
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        TokenizeInput input{.call = TestCall("shop"),
                            .request_id = TestRequest(absl::StrCat("t", t, "-", i)),
                            .pan = *Pan::Parse(kVisaTestPan),
                            .expiry = TestExpiry(12, 2035),
                            .cardholder_name = "",
                            .customer = TestCustomer(i % 3 == 0 ? "c1" : "c2"),
                            .labels = {},
                            .retention = std::nullopt,
                            .single_use = false,
                            .reuse = static_cast<Reuse>(1 + i % 3)};
        const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
        if (!output.ok() || !vault_.Delete(output->view.token).ok()) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 0u);
}

// Random calls from several threads; the rows are right whenever all stand still.
TEST_F(TokenizerRaceTest, RandomCallsKeepEveryIndexRight) {
  CardGenerator generator = CardGenerator::FromEnvironment();
  std::vector<std::string> pans;
  for (int i = 0; i < 6; ++i) pans.push_back(generator.Pan());
  absl::Mutex mutex;
  std::vector<Token> tokens;
  for (int phase = 0; phase < 5; ++phase) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t, phase] {
        std::mt19937_64 random(generator.seed() + 100 * phase + t);
        for (int i = 0; i < 100; ++i) {
          std::optional<Token> token;
          {
            absl::MutexLock lock(&mutex);
            if (!tokens.empty()) token = tokens[random() % tokens.size()];
          }
          const std::string& pan = pans[random() % pans.size()];
          const std::string id = absl::StrCat("p", phase, "t", t, "i", i);
          const uint64_t action = random() % 10;
          if (action < 5 || !token.has_value()) {
            TokenizeInput input{.call = TestCall("shop"),
                                .request_id = TestRequest(id),
                                .pan = *Pan::Parse(pan),
                                .expiry = TestExpiry(1 + random() % 12, 2035),
                                .cardholder_name = "",
                                .customer = TestCustomer(absl::StrCat("c", random() % 3)),
                                .labels = {},
                                .retention = std::nullopt,
                                .single_use = random() % 5 == 0,
                                .reuse = static_cast<Reuse>(1 + random() % 3)};
            if (random() % 4 == 0) input.customer = std::nullopt;
            if (random() % 2 == 0) input.retention = absl::Hours(100);
            const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(input));
            ASSERT_THAT(output, IsOk());
            absl::MutexLock lock(&mutex);
            tokens.push_back(output->view.token);
          } else if (action < 7) {
            vault_.Delete(*token).status().IgnoreError();
          } else if (action < 9) {
            ReplacePanInput input{.call = TestCall("shop"),
                                  .request_id = TestRequest(id),
                                  .token = *token,
                                  .revision = 0,
                                  .pan = *Pan::Parse(pan),
                                  .expiry = TestExpiry(1 + random() % 12, 2040),
                                  .cardholder_name = std::nullopt};
            vault_.ReplacePan(std::move(input)).status().IgnoreError();
          } else {
            vault_.Disable(*token).status().IgnoreError();
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(vault_.Inconsistency(), "") << "phase " << phase;
  }
}

}  // namespace
}  // namespace cardvault
