#ifndef CARDVAULT_CARD_CARD_PROFILE_H_
#define CARDVAULT_CARD_CARD_PROFILE_H_

#include <string>

#include "card/expiry.h"

namespace cardvault {

// The second sealed field of a record: what is opened when a token is read.
struct CardProfile {
  Expiry expiry;
  std::string cardholder_name;  // UTF-8, may be empty; checked free text
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_CARD_PROFILE_H_
