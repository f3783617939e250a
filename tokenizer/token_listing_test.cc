#include "tokenizer/token_listing.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"

namespace cardvault {
namespace {

class TokenListingTest : public testing::Test {
 protected:
  TokenView Make(const std::string& pan, int customer, absl::string_view merchant = "shop") {
    TokenizeInput input = vault_.Card(pan, merchant);
    input.customer = TestCustomer(absl::StrCat("c", customer));
    input.reuse = Reuse::kNone;
    input.labels = {{"parity", customer % 2 == 0 ? "even" : "odd"}};
    return vault_.Tokenize(std::move(input))->view;
  }
  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      views_.push_back(Make(generator_.Pan(), i % 5));
      // Every third shares its instant with the one before.
      if (i % 3 != 0) vault_.clock().Advance(absl::Microseconds(1));
    }
  }
  static std::vector<std::string> TextsOf(const std::vector<TokenView>& views) {
    std::vector<std::string> texts;
    for (const TokenView& view : views) texts.push_back(view.token.text());
    return texts;
  }
  static std::multiset<std::string> SetOf(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
  }

  TestVault vault_;
  CardGenerator generator_ = CardGenerator::FromEnvironment();
  std::vector<TokenView> views_;
};

TEST_F(TokenListingTest, PagesAreCompleteNewestFirstAndWithoutDuplicates) {
  Fill(60);
  for (const size_t page_size : {size_t{1}, size_t{7}, size_t{20}, size_t{59}, size_t{60},
                                 size_t{61}, size_t{0}, size_t{100000}}) {
    const absl::StatusOr<std::vector<TokenView>> all = vault_.ListAll({}, page_size);
    ASSERT_THAT(all, IsOk());
    EXPECT_EQ(SetOf(TextsOf(*all)), SetOf(TextsOf(views_))) << page_size;
    EXPECT_TRUE(std::is_sorted(
        all->begin(), all->end(),
        [](const TokenView& a, const TokenView& b) { return a.create_time > b.create_time; }));
  }
}

TEST_F(TokenListingTest, PageSizesAreBounded) {
  Fill(210);
  EXPECT_EQ(vault_.desk().List(TestCall("shop"), {}, 0, "")->tokens.size(), kDefaultPageSize);
  EXPECT_EQ(vault_.desk().List(TestCall("shop"), {}, 100000, "")->tokens.size(), kMaxPageSize);
  const absl::StatusOr<TokenPage> exact = vault_.desk().List(TestCall("shop"), {}, 5, "");
  EXPECT_EQ(exact->tokens.size(), 5u);
  EXPECT_NE(exact->next_page_token, "");
}

TEST_F(TokenListingTest, AnEmptyListingHasNoCursor) {
  const absl::StatusOr<TokenPage> page = vault_.desk().List(TestCall("shop"), {}, 5, "");
  ASSERT_THAT(page, IsOk());
  EXPECT_TRUE(page->tokens.empty());
  EXPECT_EQ(page->next_page_token, "");
}

TEST_F(TokenListingTest, EveryFilterAnswersExactlyWhatMatches) {
  Fill(40);
  const TokenView twin = Make(std::string(kVisaTestPan), 1);
  const TokenView twin2 = Make(std::string(kVisaTestPan), 2);
  views_.push_back(twin);
  views_.push_back(twin2);
  std::vector<TokenFilter> filters(8);
  filters[0].customer = TestCustomer("c1");
  filters[1].fingerprint = twin.fingerprint;
  filters[2].label_key = "parity";
  filters[3].label_key = "parity";
  filters[3].label_value = "odd";
  filters[4].label_key = "absent";
  filters[5] = filters[3];
  filters[5].customer = TestCustomer("c2");
  filters[6].customer = TestCustomer("c2");
  filters[6].fingerprint = twin.fingerprint;
  filters[7].fingerprint = "fpr_unknown";
  for (const TokenFilter& filter : filters) {
    std::vector<std::string> expected;
    for (const TokenView& view : views_) {
      if (filter.customer.has_value() && view.customer_id != filter.customer->value()) continue;
      if (!filter.fingerprint.empty() && view.fingerprint != filter.fingerprint) continue;
      if (!filter.label_key.empty()) {
        const auto label = std::find_if(view.labels.begin(), view.labels.end(),
                                        [&](const auto& l) { return l.first == filter.label_key; });
        if (label == view.labels.end()) continue;
        if (!filter.label_value.empty() && label->second != filter.label_value) continue;
      }
      expected.push_back(view.token.text());
    }
    for (const size_t page_size : {size_t{1}, size_t{3}, size_t{200}}) {
      const absl::StatusOr<std::vector<TokenView>> all = vault_.ListAll(filter, page_size);
      ASSERT_THAT(all, IsOk());
      EXPECT_EQ(SetOf(TextsOf(*all)), SetOf(expected));
    }
  }
}

TEST_F(TokenListingTest, MerchantsSeeTheirOwnTokensOnly) {
  Fill(10);
  const TokenView foreign = Make(std::string(kVisaTestPan), 1, "other");
  EXPECT_EQ(vault_.ListAll({}, 50, "other")->size(), 1u);
  EXPECT_EQ(vault_.ListAll({}, 50)->size(), 10u);
  TokenFilter by_foreign;
  by_foreign.fingerprint = foreign.fingerprint;
  EXPECT_TRUE(vault_.ListAll(by_foreign, 50)->empty());  // T5
}

TEST_F(TokenListingTest, CursorsOfOthersAreRefused) {
  Fill(10);
  const std::string cursor = vault_.desk().List(TestCall("shop"), {}, 3, "")->next_page_token;
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
  EXPECT_THAT(vault_.desk().List(TestCall("other"), {}, 3, cursor), refused);
  TokenFilter filter;
  filter.customer = TestCustomer("c1");
  EXPECT_THAT(vault_.desk().List(TestCall("shop"), filter, 3, cursor), refused);
  EXPECT_THAT(vault_.desk().List(TestCall("shop"), {}, 3, cursor + "a"), refused);
  EXPECT_THAT(vault_.desk().List(TestCall("shop"), {}, 5, cursor), IsOk());  // the size may change
}

// What is there from the first page to the last is listed once, whatever comes and goes meanwhile.
TEST_F(TokenListingTest, PagingUnderInsertsAndDeletesNeitherSkipsNorRepeats) {
  Fill(50);
  std::set<std::string> deleted;
  std::multiset<std::string> listed;
  std::string cursor;
  int round = 0;
  do {
    const absl::StatusOr<TokenPage> page = vault_.desk().List(TestCall("shop"), {}, 4, cursor);
    ASSERT_THAT(page, IsOk());
    for (const std::string& text : TextsOf(page->tokens)) listed.insert(text);
    cursor = page->next_page_token;
    vault_.clock().Advance(absl::Microseconds(1));
    Make(generator_.Pan(), 1);
    // One that was listed last (the cursor's own row), and one that is yet to come.
    if (!page->tokens.empty()) {
      deleted.insert(page->tokens.back().token.text());
      ASSERT_THAT(vault_.Delete(page->tokens.back().token), IsOk());
    }
    const TokenView& future = views_[round++ % 20];
    deleted.insert(future.token.text());
    ASSERT_THAT(vault_.Delete(future.token), IsOk());
  } while (!cursor.empty());
  for (const TokenView& view : views_) {
    const size_t count = listed.count(view.token.text());
    if (deleted.count(view.token.text()) == 0) {
      EXPECT_EQ(count, 1u);
    } else {
      EXPECT_LE(count, 1u);
    }
  }
}

// A filter that matches little ends its page early, with a cursor that goes on.
TEST_F(TokenListingTest, ScanningForOnePageIsBounded) {
  Make(std::string(kVisaTestPan), 7);
  for (size_t i = 0; i < kMaxScannedPerPage + 10; ++i) {
    vault_.clock().Advance(absl::Microseconds(1));
    Make(std::string(kVisaTestPan2), 0);
  }
  TokenFilter filter;
  filter.label_key = "parity";
  filter.label_value = "odd";
  const absl::StatusOr<TokenPage> first = vault_.desk().List(TestCall("shop"), filter, 10, "");
  ASSERT_THAT(first, IsOk());
  EXPECT_TRUE(first->tokens.empty());
  ASSERT_NE(first->next_page_token, "");
  const absl::StatusOr<TokenPage> second =
      vault_.desk().List(TestCall("shop"), filter, 10, first->next_page_token);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->tokens.size(), 1u);
  EXPECT_EQ(second->next_page_token, "");
}

TEST_F(TokenListingTest, TokensPastTheirRetentionAreNotListed) {
  TokenizeInput input = vault_.Card(kVisaTestPan);
  input.retention = absl::Hours(1);
  ASSERT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  EXPECT_EQ(vault_.ListAll({}, 10)->size(), 1u);
  vault_.clock().Advance(absl::Hours(1));
  EXPECT_TRUE(vault_.ListAll({}, 10)->empty());
}

}  // namespace
}  // namespace cardvault
