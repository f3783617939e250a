#include "sandbox/testing/sample_requests.h"

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "sandbox/h2h_signature.h"
#include "sandbox/praxis_signature.h"

namespace cardvault::sandbox {

Credentials SampleCredentials() {
  Credentials credentials;
  credentials.h2h = {"sandbox-wallet", "sandbox-key", "SandboxApiSecret", "sandbox-payin",
                     "sandbox-payout"};
  credentials.praxis = {"Test-Integration-Merchant", "Integration TEST USD", "MerchantSecretKey",
                        "payout"};
  credentials.praxis13 = {"Test-Integration-Merchant", "Sandbox", "MerchantSecretKey", "gw-hash"};
  return credentials;
}

JsonValue SampleSale(absl::string_view order_id, int64_t amount, absl::string_view cvv,
                     int64_t timestamp_seconds) {
  JsonValue sale = SampleFindOrder(order_id, timestamp_seconds);
  sale.Set("address", JsonValue::String("1 Main St"));
  sale.Set("amount", JsonValue::Number(amount));
  sale.Set("card_exp", JsonValue::String("12/2030"));
  sale.Set("card_number", JsonValue::String(kVisaTestPan));
  sale.Set("city", JsonValue::String("New York"));
  sale.Set("country", JsonValue::String("US"));
  sale.Set("currency", JsonValue::String("USD"));
  sale.Set("cvv", JsonValue::String(cvv));
  sale.Set("email", JsonValue::String("a@example.com"));
  sale.Set("first_name", JsonValue::String("Jane"));
  sale.Set("last_name", JsonValue::String("Doe"));
  sale.Set("notification_url", JsonValue::String("https://m.example/n"));
  sale.Set("pin", JsonValue::String("cust-1"));
  sale.Set("requester_ip", JsonValue::String("198.51.100.24"));
  sale.Set("return_url", JsonValue::String("https://m.example/ret"));
  sale.Set("state", JsonValue::String("NY"));
  sale.Set("transaction_type", JsonValue::String("sale"));
  sale.Set("zip", JsonValue::String("10001"));
  return sale;
}

JsonValue SampleFindOrder(absl::string_view order_id, int64_t timestamp_seconds) {
  JsonValue message = JsonValue::Object();
  message.Set("frontend", JsonValue::String("Integration TEST USD"));
  message.Set("merchant_id", JsonValue::String("Test-Integration-Merchant"));
  message.Set("order_id", JsonValue::String(order_id));
  message.Set("timestamp", JsonValue::Number(timestamp_seconds));
  message.Set("version", JsonValue::String("1.1"));
  return message;
}

std::string SignedText(JsonValue message) {
  message.Set("signature", JsonValue::String(SignPraxisMessage(message, "MerchantSecretKey")));
  return message.Write();
}

JsonValue SamplePayIn(absl::string_view payment_id, int64_t amount, absl::string_view cvv) {
  JsonValue payment = JsonValue::Object();
  payment.Set("payment_id", JsonValue::String(payment_id));
  payment.Set("currency", JsonValue::String("USD"));
  payment.Set("amount", JsonValue::Number(amount));
  payment.Set("description", JsonValue::String("A book"));
  JsonValue card = JsonValue::Object();
  card.Set("pan", JsonValue::String(kVisaTestPan));
  card.Set("year", JsonValue::Number(2030));
  card.Set("month", JsonValue::Number(12));
  card.Set("card_holder", JsonValue::String("Jane Doe"));
  card.Set("cvv", JsonValue::String(cvv));
  JsonValue customer = JsonValue::Object();
  customer.Set("id", JsonValue::String("cust-1"));
  customer.Set("full_name", JsonValue::String("Jane Doe"));
  customer.Set("email", JsonValue::String("a@example.com"));
  customer.Set("ip_address", JsonValue::String("198.51.100.24"));
  JsonValue hooks = JsonValue::Object();
  hooks.Set("callback_url", JsonValue::String("https://m.example/n"));
  hooks.Set("return_success_url", JsonValue::String("https://m.example/ok"));
  hooks.Set("return_decline_url", JsonValue::String("https://m.example/no"));
  JsonValue body = JsonValue::Object();
  body.Set("cascade_id", JsonValue::String("sandbox-payin"));
  body.Set("payment", payment);
  body.Set("card", card);
  body.Set("customer", customer);
  body.Set("workflow_hooks", hooks);
  return body;
}

std::string HttpPost(absl::string_view path, absl::string_view headers, absl::string_view body) {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                      "Content-Type: application/json\r\nContent-Length: ", body.size(), "\r\n\r\n",
                      body);
}

std::string HttpGet(absl::string_view path) {
  return absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

std::string H2hPost(absl::string_view path, const JsonValue& body, int64_t timestamp_ms,
                    absl::string_view nonce) {
  const std::string text = body.Write();
  const std::string timestamp = absl::StrCat(timestamp_ms);
  const std::string signature =
      SignH2hRequest({"POST", path, timestamp, nonce, text}, "SandboxApiSecret");
  return HttpPost(path,
                  absl::StrCat("X-Wallet-UID: sandbox-wallet\r\nX-MP-Key-Id: sandbox-key\r\n",
                               "X-MP-Timestamp: ", timestamp, "\r\nX-MP-Nonce: ", nonce,
                               "\r\nX-MP-Signature: ", signature, "\r\n"),
                  text);
}

}  // namespace cardvault::sandbox
