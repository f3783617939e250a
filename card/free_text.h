#ifndef CARDVAULT_CARD_FREE_TEXT_H_
#define CARDVAULT_CARD_FREE_TEXT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/error_text.h"

namespace cardvault {

// True when `text` holds a run of digits of which some stretch of 12 to 19 passes Luhn and lies in
// a known issuer range: also a card number inside a longer run is found. Between the digits of a
// run
// - any spaces and dashes are ignored, Unicode's too (no-break space, minus sign), and so are
//   control characters and characters that show nothing;
// - after a group of four or more digits, also one ASCII punctuation character other than '+', or
//   one end of a line, or mark-up tags of up to 32 bytes. Cards are written in such groups; dates,
//   versions, IP addresses and amounts are not, and texts are full of them.
// Full-width and Arabic-Indic digits count as digits. Linear in the size of the text. Thread-safe.
bool HoldsCardNumber(absl::string_view text);

// True when `text` looks like magnetic-stripe track 1 or 2 data (ISO/IEC 7813), e.g. "%B...^" or
// ";...=".
bool LooksLikeTrackData(absl::string_view text);

// The free-text rule of the API: valid UTF-8 without control characters (NUL included), at most
// `max_size_bytes`, no card number, no track data. INVALID_ARGUMENT (TEXT_INVALID or SAD_REFUSED)
// naming `field`; the text never stands in the error. An empty text is OK.
absl::Status CheckFreeText(absl::string_view text, size_t max_size_bytes, FieldName field);

// A telephone number: digits, spaces, +, -, ( and ), at most 20 characters and 15 digits (ITU-T
// E.164); '+' only in front. Exempt from the card number rule, with one exception: what has no '+'
// and is a card number as a whole is refused. INVALID_ARGUMENT (FIELD_INVALID). Empty is OK.
absl::Status CheckPhone(absl::string_view text, FieldName field);

}  // namespace cardvault

#endif  // CARDVAULT_CARD_FREE_TEXT_H_
