#include "forwarder/payment_listing.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PaymentListingTest : public ::testing::Test {
 protected:
  PaymentListingTest() : token_(world_.AddCard()) {}

  void Pay(const std::string& payment_id, const std::string& word = "success") {
    world_.clock.Advance(absl::Seconds(1));
    world_.outbound.AnswerWith([=](const OutboundRequest&) {
      return FakeOutbound::Answered({{"request_status", "success"},
                                     {"merchant_payment_id", payment_id},
                                     {"payment_status", word}});
    });
    ASSERT_THAT(world_.PayIn(world_.Input(token_, payment_id)), IsOk());
  }

  absl::StatusOr<PaymentPage> Page(const PaymentFilter& filter, size_t size,
                                   const std::string& page_token = "",
                                   const std::string& merchant = "shop") {
    return ListPayments(world_.engine, world_.keyring, *MerchantId::Parse(merchant, "merchant"),
                        filter, size, page_token);
  }

  static std::vector<std::string> Ids(const PaymentPage& page) {
    std::vector<std::string> ids;
    for (const auto& payment : page.payments) ids.push_back(payment.payment_id());
    return ids;
  }

  PaymentWorld world_;
  const Token token_;
};

TEST_F(PaymentListingTest, NewestFirstPageByPage) {
  for (int i = 1; i <= 5; ++i) Pay(absl::StrCat("pay-", i));
  const auto first = Page({}, 2);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Ids(*first), ElementsAre("pay-5", "pay-4"));
  // What is made meanwhile does not shift the pages.
  Pay("pay-6");
  const auto second = Page({}, 2, first->next_page_token);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Ids(*second), ElementsAre("pay-3", "pay-2"));
  const auto third = Page({}, 2, second->next_page_token);
  ASSERT_THAT(third, IsOk());
  EXPECT_THAT(Ids(*third), ElementsAre("pay-1"));
  EXPECT_EQ(third->next_page_token, "");
}

TEST_F(PaymentListingTest, FiltersByStateKindRouteAndToken) {
  Pay("pay-1");
  Pay("pay-2", "decline");
  PaymentFilter filter;
  filter.state = PaymentState::kDeclined;
  EXPECT_THAT(Ids(*Page(filter, 0)), ElementsAre("pay-2"));
  filter = {};
  filter.kind = PaymentKind::kPayOut;
  EXPECT_THAT(Ids(*Page(filter, 0)), IsEmpty());
  filter = {};
  filter.route = "cards-praxis";
  EXPECT_THAT(Ids(*Page(filter, 0)), IsEmpty());
  filter = {};
  filter.token = token_;
  EXPECT_THAT(Ids(*Page(filter, 0)), ElementsAre("pay-2", "pay-1"));
  filter.token = world_.AddCard();
  EXPECT_THAT(Ids(*Page(filter, 0)), IsEmpty());
  filter = {};
  filter.needs_review = true;
  EXPECT_THAT(Ids(*Page(filter, 0)), IsEmpty());
}

TEST_F(PaymentListingTest, AnotherMerchantSeesNothingAndCannotUseTheCursor) {
  for (int i = 1; i <= 3; ++i) Pay(absl::StrCat("pay-", i));
  const auto page = Page({}, 1);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(Ids(*Page({}, 0, "", "other")), IsEmpty());
  EXPECT_THAT(Page({}, 1, page->next_page_token, "other"),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  PaymentFilter other;
  other.needs_review = true;
  EXPECT_THAT(Page(other, 1, page->next_page_token),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
}

TEST_F(PaymentListingTest, ListsAcrossRowIndexKeys) {
  Pay("pay-1");
  Pay("pay-2");
  world_.keyring.Set(MakeTestKeyring("vault-1", 2));
  Pay("pay-3");
  Pay("pay-4");
  std::vector<std::string> ids;
  std::string page_token;
  do {
    const auto page = Page({}, 1, page_token);
    ASSERT_THAT(page, IsOk());
    for (const std::string& id : Ids(*page)) ids.push_back(id);
    page_token = page->next_page_token;
  } while (!page_token.empty());
  EXPECT_THAT(ids, ElementsAre("pay-4", "pay-3", "pay-2", "pay-1"));
}

}  // namespace
}  // namespace cardvault
