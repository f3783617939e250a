#ifndef CARDVAULT_SANDBOX_CARD_ECHO_H_
#define CARDVAULT_SANDBOX_CARD_ECHO_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// Texts in which a careless gateway gives a card number back. Thread-safe.

// The number as it is, with dashes, with spaces, percent-encoded and in base64 (alone, and inside
// the base64 of a JSON object).
std::string EchoText(absl::string_view card_number);

// A URL under `base` with the number in its path and, in two spellings, in its query.
std::string EchoUrl(absl::string_view base, absl::string_view card_number);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_CARD_ECHO_H_
