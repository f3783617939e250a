#ifndef CARDVAULT_VAULT_ENGINE_ROCKSDB_ENGINE_H_
#define CARDVAULT_VAULT_ENGINE_ROCKSDB_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

struct RocksDbHooks;  // vault/engine/rocksdb_hooks.h, for tests

struct RocksDbOptions {
  // The data directory. Made with mode 0700 when it is missing and may be made.
  std::string path;

  // Whether a vault is made when there is none.
  bool create_if_missing = false;

  // Holds data, index and filter blocks. Default: fits 10 million cards into 1 GiB of process.
  size_t block_cache_size_bytes = size_t{256} << 20;

  // All write buffers together; also bounds how much of the log a start reads again.
  size_t write_buffer_size_bytes = size_t{64} << 20;

  // Whether a commit waits until the medium has it. Only tests turn it off: without it nothing that
  // was acknowledged is safe.
  bool sync = true;

  // For tests; must outlive the engine. Null: the machine's own file system.
  const RocksDbHooks* hooks = nullptr;
};

// Files of a database as they stood at one moment, a data directory of their own; they do not
// change. As long as it lives, what was deleted or overwritten since stays in them; then they are
// removed. It must not outlive its engine. Thread-safe.
class FrozenFiles {
 public:
  virtual ~FrozenFiles() = default;

  // Holds files alone, and no directories.
  virtual const std::string& directory() const = 0;
};

// The engine on RocksDB: one column family a table, the revision as the first eight bytes of each
// value. What it adds to the interface is housekeeping. Thread-safe.
class RocksDbEngine : public Engine {
 public:
  // Takes deleted and overwritten values of a table out of its files: flushes everything, then
  // compacts the table down to its last level, by force. Blocks for as long as it takes to rewrite
  // the table. The keys of deleted rows may stand in the MANIFEST until the next opening.
  // UNAVAILABLE when the medium fails, a repair got in the way, or a snapshot or frozen files may
  // still hold what is to go: call again.
  virtual absl::Status Purge(Table table) = 0;

  // Freezes the files with all that was committed before the call, while others go on to write.
  // Takes as long as it takes to write the write buffers out; needs little space, for the files are
  // links. UNAVAILABLE when the medium fails, when files are frozen already, and while Purge runs.
  virtual absl::StatusOr<std::unique_ptr<FrozenFiles>> Freeze() = 0;

  // About how many bytes a table has in files and write buffers.
  virtual absl::StatusOr<uint64_t> ApproximateSizeBytes(Table table) const = 0;
};

// Opens a data directory and holds it for this process alone until the engine dies. Sets the
// process's umask to 077: nothing that a vault's process writes is for others.
//
// NOT_FOUND: no vault there, and none may be made. FAILED_PRECONDITION: not a data directory of
// cardvault, of another format, or open to others than its owner. UNAVAILABLE: another process has
// it open, or the medium fails. DATA_LOSS: a file of it is missing or damaged; RocksDB's own words
// are in the file LOG of the directory.
absl::StatusOr<std::unique_ptr<RocksDbEngine>> OpenRocksDbEngine(const RocksDbOptions& options);

// Opens a copy of a data directory, for reading alone: nothing in it is changed and nothing is
// locked, so nobody may write to it meanwhile. DATA_LOSS: as OpenRocksDbEngine, and for a directory
// that holds no database; UNAVAILABLE: the medium fails.
absl::StatusOr<std::unique_ptr<const Engine>> OpenReadOnlyEngine(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_ROCKSDB_ENGINE_H_
