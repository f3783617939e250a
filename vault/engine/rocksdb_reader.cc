#include "vault/engine/rocksdb_reader.h"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "rocksdb/env.h"
#include "vault/engine/data_directory.h"
#include "vault/engine/rocksdb_database.h"
#include "vault/engine/rocksdb_rows.h"

namespace cardvault {
namespace {

// A scan in order needs a block once.
constexpr size_t kBlockCacheSizeBytes = size_t{8} << 20;
// Takes what the logs of a running server hold, and is never written out.
constexpr size_t kWriteBufferSizeBytes = size_t{64} << 20;
// A server writes a buffer out every few seconds at most, and opening takes some milliseconds.
constexpr int kMaxTries = 20;

// What a database moves when it writes a buffer out or takes a new log: first the MANIFEST grows,
// then logs go.
struct FilesSeen {
  std::set<std::string> logs;
  std::string manifest;
  uint64_t manifest_size = 0;

  friend bool operator==(const FilesSeen&, const FilesSeen&) = default;
};

FilesSeen LookAt(const std::string& path, rocksdb::Env& env) {
  FilesSeen seen;
  ReadFileToString(&env, path + "/CURRENT", &seen.manifest).PermitUncheckedError();
  std::vector<std::string> names;
  env.GetChildren(path, &names).PermitUncheckedError();
  for (const std::string& name : names) {
    if (absl::EndsWith(name, ".log")) seen.logs.insert(name);
    if (name + "\n" == seen.manifest) {
      env.GetFileSize(path + "/" + name, &seen.manifest_size).PermitUncheckedError();
    }
  }
  return seen;
}

class Reader final : public EngineSnapshot {
 public:
  explicit Reader(std::unique_ptr<RocksDbDatabase> database) : database_(std::move(database)) {}

  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    return ScanRows(*database_, rocksdb::ReadOptions(), table, first_key, end_key, max_rows);
  }

  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    return LastRow(*database_, rocksdb::ReadOptions(), table);
  }

 private:
  const std::unique_ptr<RocksDbDatabase> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EngineSnapshot>> ReadRocksDb(const std::string& path) {
  RETURN_IF_ERROR(CheckDataDirectory(path));
  rocksdb::Env* const env = rocksdb::Env::Default();
  for (int tries = 0; tries < kMaxTries; ++tries) {
    // A log that went between the reading of the MANIFEST and that of the logs would be a hole.
    const FilesSeen before = LookAt(path, *env);
    absl::StatusOr<std::unique_ptr<RocksDbDatabase>> database =
        RocksDbDatabase::OpenForReading({path, kBlockCacheSizeBytes, kWriteBufferSizeBytes}, env);
    if (LookAt(path, *env) != before) continue;
    if (!database.ok()) return database.status();
    return std::make_unique<Reader>(*std::move(database));
  }
  return Unavailable(ErrorReason::kUnspecified,
                     "the data directory changes too fast to be read: try again");
}

}  // namespace cardvault
