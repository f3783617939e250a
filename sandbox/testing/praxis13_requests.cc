#include "sandbox/testing/praxis13_requests.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "card/test_pans.h"
#include "sandbox/credentials.h"
#include "sandbox/digest.h"
#include "sandbox/testing/sample_requests.h"

namespace cardvault::sandbox {
namespace {

// "MerchantSecretKey" in 32 bytes.
constexpr char kKey[] = "000000000000000MerchantSecretKey";
static_assert(sizeof(kKey) == 33);

JsonValue Envelope(int64_t timestamp_seconds) {
  const Praxis13Credentials credentials = *SampleCredentials().praxis13;
  JsonValue body = JsonValue::Object();
  body.Set("merchant_id", JsonValue::String(credentials.merchant_id));
  body.Set("application_key", JsonValue::String(credentials.application_key));
  body.Set("version", JsonValue::String("1.3"));
  body.Set("timestamp", JsonValue::Number(timestamp_seconds));
  return body;
}

JsonValue Payment(absl::string_view type, absl::string_view order_id, int64_t amount,
                  int64_t timestamp_seconds) {
  JsonValue body = Envelope(timestamp_seconds);
  body.Set("transaction_type", JsonValue::String(type));
  body.Set("cid", JsonValue::String("cust-1"));
  body.Set("order_id", JsonValue::String(order_id));
  body.Set("currency", JsonValue::String("USD"));
  body.Set("amount", JsonValue::Number(amount));
  body.Set("locale", JsonValue::String("en-GB"));
  return body;
}

}  // namespace

std::string EncryptPraxis13Field(absl::string_view clear, int64_t timestamp_seconds) {
  char iv[17];
  std::snprintf(iv, sizeof(iv), "%016lld", static_cast<long long>(timestamp_seconds));
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  std::string encrypted(clear.size() + 16, '\0');
  auto* out = reinterpret_cast<unsigned char*>(encrypted.data());
  int size = 0;
  int last_size = 0;
  if (EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr,
                         reinterpret_cast<const unsigned char*>(kKey),
                         reinterpret_cast<const unsigned char*>(iv)) != 1 ||
      EVP_EncryptUpdate(context, out, &size, reinterpret_cast<const unsigned char*>(clear.data()),
                        static_cast<int>(clear.size())) != 1 ||
      EVP_EncryptFinal_ex(context, out + size, &last_size) != 1) {
    std::abort();
  }
  EVP_CIPHER_CTX_free(context);
  encrypted.resize(static_cast<size_t>(size + last_size));
  return Base64(encrypted);
}

JsonValue EncryptedCard(const Praxis13Card& card, int64_t timestamp_seconds) {
  JsonValue data = JsonValue::Object();
  data.Set("card_number", JsonValue::String(EncryptPraxis13Field(card.number, timestamp_seconds)));
  data.Set("exp", JsonValue::String(EncryptPraxis13Field(card.exp, timestamp_seconds)));
  if (!card.cvv.empty()) {
    data.Set("cvv", JsonValue::String(EncryptPraxis13Field(card.cvv, timestamp_seconds)));
  }
  return data;
}

JsonValue Praxis13Sale(absl::string_view order_id, int64_t amount, absl::string_view cvv,
                       int64_t timestamp_seconds) {
  JsonValue customer = JsonValue::Object();
  customer.Set("country", JsonValue::String("US"));
  customer.Set("email", JsonValue::String("a@example.com"));
  customer.Set("first_name", JsonValue::String("Jane"));
  customer.Set("last_name", JsonValue::String("Doe"));
  customer.Set("zip", JsonValue::String("10001"));
  JsonValue device = JsonValue::Object();
  device.Set("user_agent", JsonValue::String("Mozilla/5.0"));
  device.Set("ip_address", JsonValue::String("198.51.100.24"));
  JsonValue body = Payment("sale", order_id, amount, timestamp_seconds);
  body.Set("gateway", JsonValue::String(SampleCredentials().praxis13->gateway));
  body.Set("notification_url", JsonValue::String("https://m.example/n"));
  body.Set("return_url", JsonValue::String("https://m.example/ret"));
  body.Set("card_data", EncryptedCard({kVisaTestPan, "12/2030", cvv}, timestamp_seconds));
  body.Set("customer_data", customer);
  body.Set("device_data", device);
  return body;
}

JsonValue Praxis13Refund(absl::string_view order_id, int64_t amount, int64_t tid,
                         int64_t timestamp_seconds) {
  JsonValue body = Payment("refund", order_id, amount, timestamp_seconds);
  body.Set("reference_id", JsonValue::Number(tid));
  return body;
}

JsonValue Praxis13FindOrder(absl::string_view order_id, int64_t timestamp_seconds) {
  return Envelope(timestamp_seconds).Set("order_id", JsonValue::String(order_id));
}

JsonValue Praxis13Manage(absl::string_view intent, int64_t tid, int64_t timestamp_seconds) {
  JsonValue body = Envelope(timestamp_seconds);
  return body.Set("intent", JsonValue::String(intent)).Set("tid", JsonValue::Number(tid));
}

std::string Praxis13Post(absl::string_view path, Praxis13Message kind, const JsonValue& body) {
  const std::string signature =
      SignPraxis13(kind, body, SampleCredentials().praxis13->merchant_secret);
  return HttpPost(path, absl::StrCat("Gt-Authentication: ", signature, "\r\n"), body.Write());
}

}  // namespace cardvault::sandbox
