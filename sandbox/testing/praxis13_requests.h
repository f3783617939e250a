#ifndef CARDVAULT_SANDBOX_TESTING_PRAXIS13_REQUESTS_H_
#define CARDVAULT_SANDBOX_TESTING_PRAXIS13_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"
#include "sandbox/praxis13_signature.h"

namespace cardvault::sandbox {

// A card field as Praxis 1.3 sends it, under the secret of SampleCredentials().
std::string EncryptPraxis13Field(absl::string_view clear, int64_t timestamp_seconds);

// The clear card fields of a request.
struct Praxis13Card {
  absl::string_view number;
  absl::string_view exp = "12/2030";
  absl::string_view cvv = "568";  // empty: not sent
};

// `card` as the member card_data of a message of that time.
JsonValue EncryptedCard(const Praxis13Card& card, int64_t timestamp_seconds);

// Right bodies of the account of SampleCredentials().
JsonValue Praxis13Sale(absl::string_view order_id, int64_t amount, absl::string_view cvv,
                       int64_t timestamp_seconds);
JsonValue Praxis13Refund(absl::string_view order_id, int64_t amount, int64_t tid,
                         int64_t timestamp_seconds);
JsonValue Praxis13FindOrder(absl::string_view order_id, int64_t timestamp_seconds);
JsonValue Praxis13Manage(absl::string_view intent, int64_t tid, int64_t timestamp_seconds);

// A signed request as bytes.
std::string Praxis13Post(absl::string_view path, Praxis13Message kind, const JsonValue& body);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TESTING_PRAXIS13_REQUESTS_H_
