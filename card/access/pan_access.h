#ifndef CARDVAULT_CARD_ACCESS_PAN_ACCESS_H_
#define CARDVAULT_CARD_ACCESS_PAN_ACCESS_H_

#include "card/pan_access_token.h"

namespace cardvault {

// Mints the pass-key that opens a Pan. Whoever depends on this target is the PAN zone: the list
// is card/access/USERS, and a check compares it with the build graph.
//
//   pan.Reveal(PanAccess::Token())
class PanAccess final {
 public:
  static PanAccessToken Token() { return PanAccessToken(); }
};

}  // namespace cardvault

#endif  // CARDVAULT_CARD_ACCESS_PAN_ACCESS_H_
