#ifndef CARDVAULT_FORWARDER_OUTBOUND_CARD_SPELLING_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CARD_SPELLING_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "forwarder/outbound/text_reading.h"

namespace cardvault {

// Appends to `found` where in the original the digits of `number` stand, forwards or backwards, in
// this reading of it: next to each other or with up to 16 bytes between two of them that are no
// letter and no digit (spaces, dashes, dots, Unicode's too, or a mark-up tag), in ASCII,
// full-width or Arabic-Indic digits, also inside a longer run of digits. Thread-safe.
void FindDigits(const TextReading& reading, absl::string_view number,
                std::vector<TextRange>& found);

// Appends where three or four digits stand behind a name that means a card verification code, such
// as `"cvv": "123"`, `cvc2=123` or `Security Code: 1234`; of the digits alone. Thread-safe.
void FindNamedCodes(const TextReading& reading, std::vector<TextRange>& found);

// Whether a member of this name would hold a card verification code. Thread-safe.
bool IsCodeName(absl::string_view name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CARD_SPELLING_H_
