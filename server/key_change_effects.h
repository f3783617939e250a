#ifndef CARDVAULT_SERVER_KEY_CHANGE_EFFECTS_H_
#define CARDVAULT_SERVER_KEY_CHANGE_EFFECTS_H_

#include "server/change_effects.h"
#include "server/key_admin.h"

namespace cardvault {

// What four eyes do with keys: another KEK, the end of a key version, the end of a KEK. `keys` must
// outlive the effects.
void AddKeyEffects(KeyAdmin& keys, ChangeEffects& effects);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_CHANGE_EFFECTS_H_
