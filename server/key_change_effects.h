#ifndef CARDVAULT_SERVER_KEY_CHANGE_EFFECTS_H_
#define CARDVAULT_SERVER_KEY_CHANGE_EFFECTS_H_

#include "server/change_effects.h"
#include "server/custody_desk.h"
#include "server/kek_admin.h"
#include "server/key_admin.h"

namespace cardvault {

// What four eyes do with keys: the end of a key version. `keys` must outlive the effects.
void AddKeyEffects(KeyAdmin& keys, ChangeEffects& effects);

// Another KEK, and the end of one. `keks` must outlive the effects.
void AddKekEffects(KekAdmin& keks, ChangeEffects& effects);

// A KEK of other custodians. `desk` must outlive the effects; null when no KEK is in custody.
void AddCustodyEffect(CustodyDesk* desk, ChangeEffects& effects);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_CHANGE_EFFECTS_H_
