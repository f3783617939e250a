#ifndef CARDVAULT_SANDBOX_THREE_D_SECURE_PAGE_H_
#define CARDVAULT_SANDBOX_THREE_D_SECURE_PAGE_H_

#include <httplib.h>

#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/order_book.h"

namespace cardvault::sandbox {

// The page to which a 3-D Secure outcome sends the cardholder: two buttons that settle the order.

// The URL of the page of order `order_id` on the server that got `request`.
std::string ThreeDSecureUrl(const httplib::Request& request, absl::string_view order_id);

// Serves the page and its buttons on `server`; they settle orders of `book` as `approved_state` or
// `declined_state`. `book` must outlive `server`.
void ServeThreeDSecurePage(OrderBook& book, absl::string_view approved_state,
                           absl::string_view declined_state, httplib::Server& server);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_THREE_D_SECURE_PAGE_H_
