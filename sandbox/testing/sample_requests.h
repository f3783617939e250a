#ifndef CARDVAULT_SANDBOX_TESTING_SAMPLE_REQUESTS_H_
#define CARDVAULT_SANDBOX_TESTING_SAMPLE_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/credentials.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

// The account of credentials.example.json.
Credentials SampleCredentials();

// A right sale request without its signature.
JsonValue SampleSale(absl::string_view order_id, int64_t amount, absl::string_view cvv,
                     int64_t timestamp_seconds);

// A right find-order request without its signature.
JsonValue SampleFindOrder(absl::string_view order_id, int64_t timestamp_seconds);

// `message` with its signature as JSON text.
std::string SignedText(JsonValue message);

// The body of a right H2H pay-in.
JsonValue SamplePayIn(absl::string_view payment_id, int64_t amount, absl::string_view cvv);

// An HTTP/1.1 request as bytes, on a connection to keep. `headers` are whole lines.
std::string HttpPost(absl::string_view path, absl::string_view headers, absl::string_view body);
std::string HttpGet(absl::string_view path);

// A signed H2H request as bytes; `nonce` has to be new.
std::string H2hPost(absl::string_view path, const JsonValue& body, int64_t timestamp_ms,
                    absl::string_view nonce);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TESTING_SAMPLE_REQUESTS_H_
