#ifndef CARDVAULT_FORWARDER_FIELD_RULES_H_
#define CARDVAULT_FORWARDER_FIELD_RULES_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "base/error_text.h"

namespace cardvault {

// What upstreams ask of the fields of a payment, as far as more than one of them asks it. The
// statuses are INVALID_ARGUMENT (FIELD_MISSING, FIELD_INVALID) and name `field`. Nothing is ever
// cut or changed to fit. Thread-safe.

// UTF-8 characters; a byte that begins none counts as one.
size_t CharacterCount(absl::string_view text);

// At least one character.
absl::Status CheckPresent(absl::string_view text, FieldName field);

// At most `max_characters`.
absl::Status CheckLength(absl::string_view text, size_t max_characters, FieldName field);

// Empty, or something@host.domain in printable ASCII.
absl::Status CheckEmail(absl::string_view text, FieldName field);

// Empty, or IPv4 or IPv6 text.
absl::Status CheckIpAddress(absl::string_view text, FieldName field);

// Empty, or an https URL with a host and without credentials, in printable ASCII.
absl::Status CheckHttpsUrl(absl::string_view text, FieldName field);

// A calendar date YYYY-MM-DD from 1900 on.
std::optional<absl::CivilDay> ParseDate(absl::string_view text);

// A telephone number without what stands between its digits.
std::string PhoneDigits(absl::string_view text);

// True for one digit over and over and for a run up or down (9 and 0 are neighbours): what people
// type who have no telephone.
bool IsDummyDigits(absl::string_view digits);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_FIELD_RULES_H_
