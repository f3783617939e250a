#include "forwarder/praxis/praxis_notification.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

// A verified notification with the documented members, some of them replaced or ("-") left out.
ReadMessage Message(const Fields& changes = {}) {
  Fields fields = {{"order_id", "order-1"},
                   {"frontend", "front"},
                   {"merchant_id", "merchant"},
                   {"trace_id", "7"},
                   {"transaction_status", "approved"},
                   {"amount", "1500"},
                   {"currency", "USD"},
                   {"timestamp", "1700000000"}};
  for (const auto& [path, text] : changes) {
    std::erase_if(fields, [&, &p = path](const auto& field) { return field.first == p; });
    if (text != "-") fields.emplace_back(path, text);
  }
  ReadMessage message{true, true, {}, false};
  for (const auto& [path, text] : fields) message.fields.push_back({path, text, true});
  return message;
}

NotificationNews News(const Fields& changes = {}) {
  PraxisSettings settings;
  settings.merchant_id = "merchant";
  settings.frontend = "front";
  return ReadPraxisNotification(Message(changes), settings);
}

PaymentOutcome Outcome(const Fields& changes) {
  return ReadPraxisNotifiedOutcome(Message(changes), {"order-1", "USD", 1500, 2, 2});
}

TEST(PraxisNotificationTest, TellsWhatItIsAboutAndIsToBeConfirmed) {
  const NotificationNews news = News();
  EXPECT_EQ(news.reference, "order-1");
  EXPECT_FALSE(news.is_foreign);
  EXPECT_EQ(news.time, absl::FromUnixSeconds(1700000000));
  EXPECT_TRUE(news.needs_confirming);
  EXPECT_EQ(News({{"timestamp", "now"}}).time, absl::InfinitePast());
  EXPECT_EQ(News({{"timestamp", "-"}}).time, absl::InfinitePast());
}

TEST(PraxisNotificationTest, AnotherAccountsIsForeign) {
  EXPECT_TRUE(News({{"frontend", "another"}}).is_foreign);
  EXPECT_TRUE(News({{"frontend", "-"}}).is_foreign);
  EXPECT_TRUE(News({{"merchant_id", "another"}}).is_foreign);
  EXPECT_FALSE(News({{"merchant_id", "-"}}).is_foreign);
}

// One with a wrong sum or currency must not make the right one look as if it had come before.
TEST(PraxisNotificationTest, OnesThatDifferInWhatIsTakenInAreNotTheSame) {
  const std::set<std::string> identities = {News().identity,
                                            News({{"trace_id", "8"}}).identity,
                                            News({{"transaction_status", "declined"}}).identity,
                                            News({{"amount", "1501"}}).identity,
                                            News({{"currency", "EUR"}}).identity,
                                            News({{"charge_amount", "1500"}}).identity,
                                            News({{"charge_amount", "1499"}}).identity};
  EXPECT_EQ(identities.size(), 7u);
  EXPECT_EQ(News().identity, News({{"timestamp", "1700000300"}}).identity);
}

TEST(PraxisNotificationTest, SaysWhatBecameOfThePayment) {
  EXPECT_EQ(Outcome({}).state, State::kApproved);
  EXPECT_EQ(Outcome({{"charge_amount", "1400"}}).settled_amount, 1400);
  EXPECT_TRUE(Outcome({{"charge_amount", "1501"}}).needs_review);
  EXPECT_EQ(Outcome({{"transaction_status", "-"}}).state, State::kInDoubt);
  for (const auto& other :
       Fields{{"order_id", "order-2"}, {"amount", "1501"}, {"currency", "EUR"}}) {
    EXPECT_TRUE(Outcome({other}).conflict) << other.first;
  }
}

}  // namespace
}  // namespace cardvault
