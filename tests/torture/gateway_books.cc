#include "tests/torture/gateway_books.h"

#include <rapidjson/document.h>

#include "base/check.h"

namespace cardvault::torture {
namespace {

int64_t NumberOf(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : 0;
}

BookedOrder ReadOrder(const rapidjson::Value& entry) {
  BookedOrder order;
  order.posts = NumberOf(entry, "posts");
  order.booked = NumberOf(entry, "booked") == 1;
  if (!order.booked) return order;
  order.state = entry["state"].GetString();
  order.amount = NumberOf(entry, "amount");
  if (entry["settled_amount"].IsInt64()) order.settled_amount = entry["settled_amount"].GetInt64();
  order.refunded = NumberOf(entry, "refunded");
  return order;
}

}  // namespace

GatewayBooks ReadGatewayBooks(absl::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  CV_CHECK(!document.HasParseError() && document.IsObject() && document["orders"].IsObject());
  CV_CHECK(!document.HasMember("next"));
  GatewayBooks books;
  for (const auto& member : document["orders"].GetObject()) {
    books.orders[member.name.GetString()] = ReadOrder(member.value);
  }
  books.double_posts = NumberOf(document, "double_posts");
  books.acknowledged_forgeries = NumberOf(document, "acknowledged_forgeries");
  return books;
}

}  // namespace cardvault::torture
