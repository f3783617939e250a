#ifndef CARDVAULT_VAULT_ENGINE_MEDIUM_CHECK_H_
#define CARDVAULT_VAULT_ENGINE_MEDIUM_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "rocksdb/file_system.h"

namespace cardvault {

// What is asked of a volume before a database on it is opened, for rocksdb_engine.cc alone. `path`
// is the data directory's, `buffered_bytes` what an opening is to write out. UNAVAILABLE
// (AUDIT_UNAVAILABLE). Thread-safe.

// Whether there is room: RocksDB 7.8 ends the process by an assertion when it runs out of space
// while it opens.
absl::Status CheckFreeSpace(rocksdb::FileSystem& files, const std::string& path,
                            uint64_t buffered_bytes);

// The same, and whether it takes writes.
absl::Status CheckMedium(rocksdb::FileSystem& files, const std::string& path,
                         uint64_t buffered_bytes);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_MEDIUM_CHECK_H_
