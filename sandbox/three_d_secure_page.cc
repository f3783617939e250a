#include "sandbox/three_d_secure_page.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace cardvault::sandbox {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";
// An id's own alphabet: what matches needs no escaping in HTML or URLs.
constexpr char kPage[] = "/3ds/([A-Za-z0-9._:-]+)";

std::string PageOf(const Order& order) {
  const std::string head = absl::StrCat(
      "<!doctype html><title>Sandbox 3-D Secure</title><h1>Order ", order.id, "</h1><p>",
      order.amount, " ", order.currency, " (wire amount), state: ", order.state, "</p>");
  if (!order.has_page) return head;
  return absl::StrCat(head, "<form method=post><button name=result value=approve>Approve</button> ",
                      "<button name=result value=decline>Decline</button></form>");
}

void Answer(const std::optional<Order>& order, httplib::Response& response) {
  response.status = order ? 200 : 404;
  response.set_content(order ? PageOf(*order) : "<!doctype html><p>No such order.</p>", kHtml);
}

}  // namespace

std::string ThreeDSecureUrl(const httplib::Request& request, absl::string_view order_id) {
  return absl::StrCat("https://127.0.0.1:", request.local_port, "/3ds/", order_id);
}

void ServeThreeDSecurePage(OrderBook& book, absl::string_view approved_state,
                           absl::string_view declined_state, httplib::Server& server) {
  server.Get(kPage, [&book](const httplib::Request& request, httplib::Response& response) {
    Answer(book.Find(request.matches[1].str()), response);
  });
  server.Post(kPage, [&book, approved = std::string(approved_state),
                      declined = std::string(declined_state)](const httplib::Request& request,
                                                              httplib::Response& response) {
    const std::string id = request.matches[1].str();
    const std::string result = request.get_param_value("result");
    if (result == "approve" || result == "decline") {
      book.DecidePage(id, result == "approve" ? approved : declined);
    }
    Answer(book.Find(id), response);
  });
}

}  // namespace cardvault::sandbox
