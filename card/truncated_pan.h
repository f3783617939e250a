#ifndef CARDVAULT_CARD_TRUNCATED_PAN_H_
#define CARDVAULT_CARD_TRUNCATED_PAN_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

// What is left of a PAN after truncation (PCI DSS 3.5.1): the BIN and the last four digits, the
// rest is gone. May be stored, shown and returned to the merchant; not logged or audited, where no
// digit of a card stands. Thread-compatible.
struct TruncatedPan {
  std::string bin;         // 4 to 8 digits
  std::string last_four;   // 4 digits
  size_t digit_count = 0;  // of the PAN, 12 to 19

  // For a person's eyes (3.4.1), e.g. "411111******1111".
  std::string Masked() const;
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_TRUNCATED_PAN_H_
