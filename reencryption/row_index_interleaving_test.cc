// A call while the rows that it looks for move: before each of its reads in turn, so that no order
// of the two is left out.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/payment_listing.h"
#include "reencryption/reencryption_fixture_for_test.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/interrupted_engine.h"

namespace cardvault {
namespace {

enum class Interruption {
  kMove,           // the key was rotated before the call
  kRotateAndMove,  // both while it goes on
};

// A vault that holds cards and payments under version 1 of the row-index key.
class World final {
 public:
  World() {
    for (const std::string& pan : {std::string(kVisaTestPan), std::string(kVisaTestPan2)}) {
      tokens.insert(tokens.begin(),
                    Tokenize(pan, absl::StrCat("request-", tokens.size()))->view.token);
      vault.clock().Advance(absl::Seconds(1));
    }
    EXPECT_TRUE(AddTestPayment(vault, "p-1", "order-1"));
    vault.clock().Advance(absl::Seconds(1));
    EXPECT_TRUE(AddTestPayment(vault, "p-2", "order-2"));
  }

  absl::StatusOr<TokenizeOutput> Tokenize(const std::string& pan, const std::string& request) {
    TokenizeInput input = vault.Card(pan);
    input.request_id = TestRequest(request);
    input.customer = TestCustomer("c1");
    input.reuse = Reuse::kCustomer;
    return vault.Tokenize(std::move(input));
  }

  void Move() {
    ReencryptionJob job(vault.engine(), vault.pipeline(), vault.keyring(), vault.clock(),
                        {.rows_per_second = 0});
    ASSERT_THAT(job.ResumeStored(), IsOk());
    ASSERT_THAT(job.Start(KeyPurpose::kRowIndex, {"ann", "operator", ""}), IsOk());
    while (job.GetProgress().state == ReencryptionState::kRunning) job.Step();
    EXPECT_EQ(job.GetProgress().failed_count, 0u);
  }

  FakeEngine rows;
  InterruptedEngine engine{rows};
  TestVault vault{engine, {}};
  std::vector<Token> tokens;  // the newest first
};

class RowIndexInterleavingTest : public ::testing::TestWithParam<Interruption> {
 protected:
  // Runs `call` in a new world for each of its reads.
  static void BeforeEachRead(const std::function<void(World&)>& call) {
    int reads = 0;
    for (bool is_interrupted = true; is_interrupted;) {
      SCOPED_TRACE(absl::StrCat("before read ", ++reads));
      World world;
      if (GetParam() == Interruption::kMove) world.vault.RotateKeys(2);
      world.engine.InterruptBefore(reads, [&world] {
        if (GetParam() == Interruption::kRotateAndMove) world.vault.RotateKeys(2);
        world.Move();
      });
      call(world);
      is_interrupted = !world.engine.Disarm();
      EXPECT_EQ(world.vault.Inconsistency(), "");
    }
    EXPECT_GT(reads, 1);
  }

  static MerchantId Shop() { return TestMerchant("shop"); }
};

TEST_P(RowIndexInterleavingTest, AListingHasEveryTokenOnce) {
  for (const bool of_customer : {false, true}) {
    BeforeEachRead([&](World& world) {
      TokenFilter filter;
      if (of_customer) filter.customer = TestCustomer("c1");
      for (const size_t page_size : {1, 10}) {
        const auto all = world.vault.ListAll(filter, page_size);
        ASSERT_THAT(all, IsOk());
        std::vector<Token> listed;
        for (const TokenView& view : *all) listed.push_back(view.token);
        EXPECT_EQ(listed, world.tokens);
      }
    });
  }
}

TEST_P(RowIndexInterleavingTest, APaymentIsFound) {
  BeforeEachRead([](World& world) {
    const PaymentIndex index(world.vault.engine());
    const auto found =
        index.Find(world.vault.keyring(), Shop(), *PaymentId::Parse("p-1", "payment_id"));
    ASSERT_THAT(found, IsOk());
    EXPECT_TRUE(found->has_value());
  });
  BeforeEachRead([](World& world) {
    const PaymentIndex index(world.vault.engine());
    const auto found = index.FindByReference(world.vault.keyring(), Shop(),
                                             *RouteName::Parse("cards", "route"), "order-1");
    ASSERT_THAT(found, IsOk());
    EXPECT_TRUE(found->has_value());
  });
}

TEST_P(RowIndexInterleavingTest, AListingHasEveryPaymentOnce) {
  BeforeEachRead([](World& world) {
    std::vector<std::string> ids;
    std::string page_token;
    do {
      const auto page =
          ListPayments(world.vault.engine(), world.vault.keyring(), Shop(), {}, 1, page_token);
      ASSERT_THAT(page, IsOk());
      for (const auto& payment : page->payments) ids.push_back(payment.payment_id());
      page_token = page->next_page_token;
    } while (!page_token.empty());
    EXPECT_EQ(ids, (std::vector<std::string>{"p-2", "p-1"}));
  });
}

TEST_P(RowIndexInterleavingTest, ACustomersCardIsNotMadeTwice) {
  BeforeEachRead([](World& world) {
    const auto output = world.Tokenize(std::string(kVisaTestPan), "another");
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, world.tokens.back());
    EXPECT_EQ(output->disposition, Disposition::kExisting);
  });
}

TEST_P(RowIndexInterleavingTest, ARequestIsAnsweredOnce) {
  BeforeEachRead([](World& world) {
    const auto output = world.Tokenize(std::string(kVisaTestPan), "request-0");
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->view.token, world.tokens.back());
    EXPECT_EQ(output->disposition, Disposition::kCreated);
  });
}

TEST_P(RowIndexInterleavingTest, ADeletedCardLeavesNoRow) {
  BeforeEachRead([](World& world) {
    for (const Token& token : world.tokens) EXPECT_THAT(world.vault.Delete(token), IsOk());
    EXPECT_TRUE(world.vault.Rows(Table::kTokenIndex).empty());
  });
}

INSTANTIATE_TEST_SUITE_P(All, RowIndexInterleavingTest,
                         ::testing::Values(Interruption::kMove, Interruption::kRotateAndMove),
                         [](const ::testing::TestParamInfo<Interruption>& info) {
                           return std::string(info.param == Interruption::kMove ? "Move"
                                                                                : "RotateAndMove");
                         });

}  // namespace
}  // namespace cardvault
