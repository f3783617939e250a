#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_HOOKS_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_HOOKS_H_

#include <memory>

#include "rocksdb/file_system.h"

namespace cardvault {

// What a test puts between RocksDB and the machine. Null members mean the machine itself.
struct RocksDbHooks {
  std::shared_ptr<rocksdb::FileSystem> file_system;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_HOOKS_H_
