#ifndef CARDVAULT_TESTS_TORTURE_GATEWAY_BOOKS_H_
#define CARDVAULT_TESTS_TORTURE_GATEWAY_BOOKS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::torture {

// What a gateway says of one order.
struct BookedOrder {
  int64_t posts = 0;
  bool booked = false;
  // When booked:
  std::string state;  // the gateway's word
  int64_t amount = 0;
  std::optional<int64_t> settled_amount;
  int64_t refunded = 0;
};

struct GatewayBooks {
  std::map<std::string, BookedOrder> orders;
  int64_t double_posts = 0;
  int64_t acknowledged_forgeries = 0;
};

// Reads the answer of GET /sandbox/stats. Dies when it is none.
GatewayBooks ReadGatewayBooks(absl::string_view json);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_GATEWAY_BOOKS_H_
