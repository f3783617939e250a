#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

v1::Customer TestCustomer() {
  v1::Customer customer;
  customer.set_id("cust-1");
  customer.set_first_name("Jane");
  customer.set_last_name("Doe");
  customer.set_email("jane@example.com");
  customer.set_phone("+1 212 555 0142");
  customer.set_ip_address("198.51.100.24");
  customer.set_address("1 Main St");
  customer.set_city("New York");
  customer.set_country("US");
  customer.set_state("NY");
  customer.set_postal_code("10001");
  return customer;
}

v1::PaymentUrls TestUrls() {
  v1::PaymentUrls urls;
  urls.set_notification_url("https://shop.example/notify");
  urls.set_return_success_url("https://shop.example/ok");
  urls.set_return_decline_url("https://shop.example/no");
  return urls;
}

}  // namespace

v1::TokenizeRequest TokenizeOf(const std::string& request_id, const std::string& number,
                               const std::string& cvv) {
  v1::TokenizeRequest request;
  request.set_request_id(request_id);
  v1::Card& card = *request.mutable_card();
  card.set_number(number);
  card.set_expiry_month(12);
  card.set_expiry_year(2035);
  card.set_cardholder_name("Jane Doe");
  card.set_cvv(cvv);
  return request;
}

v1::PayInRequest PayInOf(const std::string& route, const std::string& payment_id,
                         const std::string& token, int64_t amount) {
  v1::PayInRequest request;
  request.set_token(token);
  request.set_route(route);
  request.set_payment_id(payment_id);
  request.set_amount(amount);
  request.set_currency("USD");
  request.set_description("an order");
  *request.mutable_customer() = TestCustomer();
  *request.mutable_urls() = TestUrls();
  return request;
}

v1::PayOutRequest PayOutOf(const std::string& route, const std::string& payment_id,
                           const std::string& token, int64_t amount) {
  v1::PayOutRequest request;
  request.set_token(token);
  request.set_route(route);
  request.set_payment_id(payment_id);
  request.set_amount(amount);
  request.set_currency("USD");
  request.set_description("a pay-out");
  *request.mutable_customer() = TestCustomer();
  *request.mutable_urls() = TestUrls();
  return request;
}

v1::RefundRequest RefundOf(const std::string& original_payment_id, const std::string& payment_id,
                           int64_t amount) {
  v1::RefundRequest request;
  request.set_original_payment_id(original_payment_id);
  request.set_payment_id(payment_id);
  request.set_amount(amount);
  *request.mutable_customer() = TestCustomer();
  *request.mutable_urls() = TestUrls();
  return request;
}

}  // namespace cardvault::testing
