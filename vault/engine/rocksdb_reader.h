#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_READER_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_READER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The rows of a data directory as its files have them at this moment, without holding it: nothing
// is written there, a server that has it open goes on, and a copy on a medium that takes no writes
// will do. Whose the directory is, is not asked: who can read the files can read them.
//
// NOT_FOUND: no vault there. FAILED_PRECONDITION: not a data directory of cardvault, or of another
// format. DATA_LOSS: a file of it is missing or damaged. UNAVAILABLE: the medium fails, or the
// files change so fast that no moment of them could be had.
absl::StatusOr<std::unique_ptr<EngineSnapshot>> ReadRocksDb(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_READER_H_
