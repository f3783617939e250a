#include "tests/torture/gateway_books.h"

#include <gtest/gtest.h>

namespace cardvault::torture {
namespace {

TEST(GatewayBooksTest, ReadsWhatTheSandboxSays) {
  const GatewayBooks books = ReadGatewayBooks(R"({
    "acknowledged_forgeries": 2,
    "orders": {
      "a": {"posts": 1, "booked": 1, "kind": "sale", "state": "approved", "amount": 1500,
            "currency": "USD", "settled_amount": 1400, "refunded": 300, "reference_id": null},
      "b": {"posts": 2, "booked": 0},
      "c": {"posts": 1, "booked": 1, "kind": "sale", "state": "pending async", "amount": 713,
            "currency": "USD", "settled_amount": null, "refunded": 0, "reference_id": null}}})");
  EXPECT_EQ(books.acknowledged_forgeries, 2);
  ASSERT_EQ(books.orders.size(), 3u);
  const BookedOrder& a = books.orders.at("a");
  EXPECT_TRUE(a.booked);
  EXPECT_EQ(a.posts, 1);
  EXPECT_EQ(a.state, "approved");
  EXPECT_EQ(a.amount, 1500);
  EXPECT_EQ(a.settled_amount, 1400);
  EXPECT_EQ(a.refunded, 300);
  EXPECT_FALSE(books.orders.at("b").booked);
  EXPECT_EQ(books.orders.at("b").posts, 2);
  EXPECT_FALSE(books.orders.at("c").settled_amount.has_value());
}

}  // namespace
}  // namespace cardvault::torture
