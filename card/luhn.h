#ifndef CARDVAULT_CARD_LUHN_H_
#define CARDVAULT_CARD_LUHN_H_

#include "absl/strings/string_view.h"

namespace cardvault {

// ISO/IEC 7812-1 annex B: true when the check digit is right. `digits` are ASCII digits.
bool PassesLuhn(absl::string_view digits);

// The digit to append to `payload` so that the whole passes.
char LuhnCheckDigit(absl::string_view payload);

}  // namespace cardvault

#endif  // CARDVAULT_CARD_LUHN_H_
