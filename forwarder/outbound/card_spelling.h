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

// Appends where three or four digits stand that nothing alphanumeric touches but a code's name
// ("cvv568"), in any of these scripts: what may be a card verification code where the text or its
// field mentions one. Thread-safe.
void FindCodes(const TextReading& reading, std::vector<TextRange>& found);

// Whether a name that means a card verification code stands in `text` as a word, in any case and
// with anything between its letters that is none: `cvv`, `CVC2=`, `Security Code`, "cvvMismatch".
// Thread-safe.
bool MentionsCode(absl::string_view text);

// Whether a member of this name would hold a card verification code, and nothing else. Thread-safe.
bool IsCodeName(absl::string_view name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CARD_SPELLING_H_
