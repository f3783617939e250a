#include "vault/engine/rocksdb_freeze.h"

#include <filesystem>
#include <memory>
#include <system_error>

#include "rocksdb/utilities/checkpoint.h"
#include "vault/engine/data_directory.h"

namespace cardvault {

std::string FrozenPath(const std::string& path) { return path + "/FROZEN"; }

bool FreezeFiles(rocksdb::DB& db, const std::string& path) {
  RemoveFrozenFiles(path);
  rocksdb::Checkpoint* made = nullptr;
  if (!rocksdb::Checkpoint::Create(&db, &made).ok()) return false;
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // Write buffers are flushed first, so that the files hold nearly all, and the log little.
  const std::string frozen = FrozenPath(path);
  if (!checkpoint->CreateCheckpoint(frozen).ok()) return false;
  std::error_code failed;
  std::filesystem::copy_file(DataDirectory::MarkerPath(path), DataDirectory::MarkerPath(frozen),
                             failed);
  return !failed;
}

void RemoveFrozenFiles(const std::string& path) {
  std::error_code ignored;
  for (const char* const suffix : {"", ".tmp"}) {  // RocksDB's own name of an unfinished one
    std::filesystem::remove_all(FrozenPath(path) + suffix, ignored);
  }
}

}  // namespace cardvault
