#include "sandbox/order_book.h"

#include <gtest/gtest.h>

#include <string>

#include "sandbox/nonce_register.h"

namespace cardvault::sandbox {
namespace {

Order Sale(const std::string& id, int64_t amount) {
  Order order;
  order.id = id;
  order.kind = "sale";
  order.state = "approved";
  order.amount = amount;
  order.currency = "USD";
  order.last4 = "1111";
  return order;
}

Order Refund(const std::string& id, const Order& original, int64_t amount) {
  Order order = Sale(id, amount);
  order.kind = "refund";
  order.reference_id = std::to_string(original.trace_ids.back());
  return order;
}

void Ignore(const Order&) {}

const OrderRange kAll{"", OrderBook::kOrderCountMax};

TEST(OrderBookTest, BooksAnIdOnce) {
  OrderBook book("approved", "sale", Ignore);
  Order order = Sale("a", 100);
  EXPECT_EQ(book.Book(order), BookResult::kBooked);
  Order again = Sale("a", 200);
  EXPECT_EQ(book.Book(again), BookResult::kDuplicate);
  EXPECT_EQ(book.Find("a")->amount, 100);
  EXPECT_EQ(book.Find("a")->uuid.size(), 36u);
  EXPECT_EQ(book.LookUpByTrace(std::to_string(order.trace_ids.back()))->id, "a");
  EXPECT_FALSE(book.Find("b").has_value());
}

TEST(OrderBookTest, RefundsNeverPassTheOriginal) {
  OrderBook book("approved", "sale", Ignore);
  Order sale = Sale("a", 100);
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  Order first = Refund("r1", sale, 60);
  EXPECT_EQ(book.Book(first), BookResult::kBooked);
  Order second = Refund("r2", sale, 41);
  EXPECT_EQ(book.Book(second), BookResult::kMoreThanIsLeft);
  book.Settle("r1", "declined", std::nullopt);
  EXPECT_EQ(book.Book(second), BookResult::kBooked);
}

TEST(OrderBookTest, RefundNeedsTheApprovedAttemptAndItsCard) {
  OrderBook book("approved", "sale", Ignore);
  Order sale = Sale("a", 100);
  sale.state = "declined retry";
  sale.cascades = true;
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  Order early = Refund("r1", sale, 1);
  EXPECT_EQ(book.Book(early), BookResult::kNoOriginal);
  book.Settle("a", "approved", std::nullopt);
  EXPECT_EQ(book.Book(early), BookResult::kNoOriginal);  // names the first attempt
  Order late = Refund("r2", *book.Find("a"), 1);
  late.last4 = "2222";
  EXPECT_EQ(book.Book(late), BookResult::kOtherCard);
  late.last4 = "1111";
  EXPECT_EQ(book.Book(late), BookResult::kBooked);
}

TEST(OrderBookTest, LookUpsFailThenLieThenTellTheTruth) {
  OrderBook book("approved", "sale", Ignore);
  Order sale = Sale("a", 100);
  sale.failing_lookups = 1;
  sale.lying_lookups = 1;
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  EXPECT_EQ(book.LookUp("a")->failing_lookups, 1);
  const auto lying = book.LookUpByTrace(std::to_string(sale.trace_ids.back()));
  EXPECT_EQ(lying->failing_lookups, 0);
  EXPECT_EQ(lying->lying_lookups, 1);
  EXPECT_EQ(book.LookUp("a")->lying_lookups, 0);
  EXPECT_FALSE(book.LookUp("b").has_value());
}

TEST(OrderBookTest, TellsEveryNewStateOnce) {
  std::string told;
  OrderBook book("approved", "sale", [&](const Order& order) {
    told += order.id + ":" + order.state + ":" + order.contradicting_state + ":" +
            std::to_string(order.trace_ids.size()) + " ";
  });
  Order sale = Sale("a", 100);
  sale.state = "declined retry";
  sale.cascades = true;
  sale.contradicting_state = "declined";
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  EXPECT_EQ(book.Book(sale), BookResult::kDuplicate);
  book.Settle("a", "approved", std::nullopt);
  book.Settle("b", "approved", std::nullopt);
  EXPECT_EQ(told, "a:declined retry:declined:1 a:approved::2 ");
}

TEST(OrderBookTest, CountsPostsThatCarryNoIdApart) {
  OrderBook book("approved", "sale", Ignore);
  book.CountPost("");
  book.CountPost("no id");
  book.CountPost("a");
  book.CountPost("a");
  const JsonValue stats = book.Stats(kAll);
  EXPECT_EQ(stats.Find("posts")->text(), "4");
  EXPECT_EQ(stats.Find("double_posts")->text(), "1");
  EXPECT_EQ(stats.Find("orders")->Find("(no order id)")->Find("posts")->text(), "2");
}

TEST(OrderBookTest, StatsShowWhatALedgerIsComparedWith) {
  OrderBook book("approved", "sale", Ignore);
  Order sale = Sale("a", 100);
  book.CountPost("a");
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  book.Settle("a", "approved", 90);
  const std::string trace = std::to_string(sale.trace_ids.back());
  for (const char* id : {"r1", "r2", "r3"}) {
    Order refund = Refund(id, sale, 20);
    book.CountPost(id);
    ASSERT_EQ(book.Book(refund), BookResult::kBooked);
  }
  book.Settle("r2", "declined", std::nullopt);
  book.CountPost("refused");
  const JsonValue stats = book.Stats(kAll);
  const JsonValue& orders = *stats.Find("orders");
  EXPECT_EQ(orders.Find("a")->Write(),
            R"({"amount":100,"booked":1,"currency":"USD","kind":"sale","posts":1,)"
            R"("reference_id":null,"refunded":40,"settled_amount":90,"state":"approved"})");
  EXPECT_EQ(
      orders.Find("r2")->Write(),
      R"({"amount":20,"booked":1,"currency":"USD","kind":"refund","posts":1,"reference_id":")" +
          trace + R"(","refunded":0,"settled_amount":null,"state":"declined"})");
  EXPECT_EQ(orders.Find("refused")->Write(), R"({"booked":0,"posts":1})");
  EXPECT_EQ(stats.Find("next"), nullptr);
}

TEST(OrderBookTest, ShowsHowLongTheLastPostWasInHand) {
  OrderBook book("approved", "sale", Ignore);
  book.CountPost("a");
  book.NoteHandling("a", 120);
  book.CountPost("a");
  book.NoteHandling("a", 70);
  book.NoteHandling("never heard of", 5);
  const JsonValue stats = book.Stats(kAll);
  EXPECT_EQ(stats.Find("orders")->Write(), R"({"a":{"booked":0,"handling_us":70,"posts":2}})");
}

TEST(OrderBookTest, StatsComeInPages) {
  OrderBook book("approved", "sale", Ignore);
  for (const char* id : {"a", "b", "c", "d", "e"}) book.CountPost(id);
  std::string ids;
  OrderRange range{"", 2};
  for (int pages = 1;; ++pages) {
    const JsonValue stats = book.Stats(range);
    EXPECT_EQ(stats.Find("posts")->text(), "5");
    for (const auto& [id, entry] : stats.Find("orders")->members()) ids += id;
    if (stats.Find("next") == nullptr) {
      EXPECT_EQ(pages, 3);
      break;
    }
    range.after = stats.Find("next")->text();
  }
  EXPECT_EQ(ids, "abcde");
}

TEST(OrderBookTest, AdvancesFromTheExpectedStateOnly) {
  OrderBook book("approved", "sale", Ignore);
  Order sale = Sale("a", 100);
  sale.state = "authorized";
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  const std::string trace = std::to_string(sale.trace_ids.back());
  EXPECT_FALSE(book.Advance(trace, "pending", "approved").has_value());
  EXPECT_FALSE(book.Advance("1", "authorized", "approved").has_value());
  EXPECT_EQ(book.Advance(trace, "authorized", "approved")->state, "approved");
  EXPECT_FALSE(book.Advance(trace, "authorized", "approved").has_value());
}

TEST(OrderBookTest, TheCardholderDecidesOnce) {
  OrderBook book("approved", "sale", Ignore);
  Order sale = Sale("a", 100);
  sale.state = "pending async";
  sale.has_page = true;
  ASSERT_EQ(book.Book(sale), BookResult::kBooked);
  book.DecidePage("a", "declined");
  book.DecidePage("a", "approved");
  book.DecidePage("b", "approved");
  EXPECT_EQ(book.Find("a")->state, "declined");
}

TEST(OrderBookTest, SettlesOnlyWhatIsBooked) {
  OrderBook book("approved", "sale", Ignore);
  EXPECT_FALSE(book.Settle("a", "approved", std::nullopt));
}

TEST(NonceRegisterTest, TakesANonceOnceWhileItRemembers) {
  NonceRegister nonces(1000);
  EXPECT_TRUE(nonces.Take("a", 0));
  EXPECT_FALSE(nonces.Take("a", 1000));
  EXPECT_TRUE(nonces.Take("b", 1000));
  EXPECT_TRUE(nonces.Take("a", 1001));
}

}  // namespace
}  // namespace cardvault::sandbox
