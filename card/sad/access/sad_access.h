#ifndef CARDVAULT_CARD_SAD_ACCESS_SAD_ACCESS_H_
#define CARDVAULT_CARD_SAD_ACCESS_SAD_ACCESS_H_

#include "card/sad/cvv.h"

namespace cardvault {

// Mints the pass-key that opens a Cvv. Users: card/sad/access/USERS, pinned by a check.
class SadAccess final {
 public:
  static SadAccessToken Token() { return SadAccessToken(); }
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_SAD_ACCESS_SAD_ACCESS_H_
