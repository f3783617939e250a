#ifndef CARDVAULT_SANDBOX_TEXT_RULES_H_
#define CARDVAULT_SANDBOX_TEXT_RULES_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// What the two gateways accept as the text of a field. Every function is pure and thread-safe, and
// takes any bytes.

bool IsAllDigits(absl::string_view text);  // false for the empty text

// Unicode code points of UTF-8 text.
size_t CodePointCount(absl::string_view text);

// 12 to 19 digits with a right check digit (Luhn).
bool IsCardNumber(absl::string_view text);

// ^[0-9]{3,4}$
bool IsCvv(absl::string_view text);

// True when a run of 12 or more digits passes the check digit: an id that looks like this is never
// shown or kept.
bool HoldsCardNumber(absl::string_view text);

// Two digits of month, "/", four digits of year; false leaves the outputs alone.
bool ParseCardExpiry(absl::string_view text, int& month, int& year);

// True when the month has ended everywhere on earth (UTC-12).
bool IsExpired(int month, int year, int64_t now_seconds);

// Digits only, at least 6, and no dummy: not one digit repeated and not a plain run up or down.
bool IsPhoneNumber(absl::string_view text);

// A calendar date `MM/DD/YYYY`.
bool IsDate(absl::string_view text);

// Something, "@", something with a dot; no white space.
bool IsEmail(absl::string_view text);

// IPv4 or IPv6 in text form.
bool IsIpAddress(absl::string_view text);

// http or https with a host, printable ASCII.
bool IsUrl(absl::string_view text);

// Letters and digits; spaces and dashes inside are allowed in practice.
bool IsZip(absl::string_view text);

// ^[A-Za-z0-9._:-]+$, the alphabet of ids.
bool IsIdText(absl::string_view text);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_TEXT_RULES_H_
