#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_FREEZE_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_FREEZE_H_

#include <string>

#include "rocksdb/db.h"

namespace cardvault {

// For rocksdb_engine.cc alone. `path` is the data directory's.

// Where its files stand while they are frozen: below it, for they are links and want one volume.
std::string FrozenPath(const std::string& path);

// Links the files of an open database there, instead of what is there, and the data directory's own
// mark with them. False when the medium fails; a part may be there then.
bool FreezeFiles(rocksdb::DB& db, const std::string& path);

// Also what a process that ended has left: it holds on to what was deleted since.
void RemoveFrozenFiles(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_FREEZE_H_
