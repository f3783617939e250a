#ifndef CARDVAULT_SERVER_BACKUP_CHANGE_EFFECTS_H_
#define CARDVAULT_SERVER_BACKUP_CHANGE_EFFECTS_H_

#include "server/change_effects.h"
#include "vault/backup/backups.h"

namespace cardvault {

// Those that make and delete backups, which must outlive what they are added to.
void AddBackupEffects(Backups& backups, ChangeEffects& effects);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_BACKUP_CHANGE_EFFECTS_H_
