#ifndef CARDVAULT_TOKENIZER_TOKEN_FILTER_H_
#define CARDVAULT_TOKENIZER_TOKEN_FILTER_H_

#include <optional>
#include <string>

#include "base/id.h"

namespace cardvault {

// Which tokens a listing answers; all that are set must hold.
struct TokenFilter {
  std::optional<CustomerId> customer;
  std::string fingerprint;  // "" : any
  std::string label_key;    // "" : any
  std::string label_value;  // with label_key; "" : any value
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TOKEN_FILTER_H_
