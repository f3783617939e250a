#ifndef CARDVAULT_TESTS_CRASH_POWER_LOSS_FILE_SYSTEM_H_
#define CARDVAULT_TESTS_CRASH_POWER_LOSS_FILE_SYSTEM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/file_system.h"

namespace cardvault {

// The machine's file system under RocksDB, but one that knows what a power cut would leave: of each
// file the bytes that were synced, of each directory the entries that stood when it was synced.
// Nothing else is promised by POSIX, so nothing else survives: what was not synced is forgotten,
// files made since the directory's last sync are gone, renamed files have their old names, and
// deleted files are back.
//
//   CutPower (from any thread): every write from here on fails.
//   ... the engine is destroyed ...
//   RestorePower: the directory then holds what was left, and writes work again.
//
// It can also fail for a while and heal, as a full or flaky disk. Info logs (LOG*) go by untouched.
// Thread-safe.
class PowerLossFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // What becomes of bytes and directory changes that were not synced.
  enum class Leaves {
    kNothing,       // all of them are gone
    kRandomPrefix,  // of each file, and of the directory's changes, the first few are there
    kRandomPages,   // of each file, any of the pages; zeros stand for the others
    kEverything,    // the process died and the machine lived on: all of them are there
  };

  // How writes fail until Heal.
  struct Fault {
    bool appends = false;  // after a part of the bytes was written
    bool syncs = false;
    bool only_log_files = false;  // the write-ahead log alone
    bool no_space = false;        // the error says that the disk is full
  };

  // `attic` is an empty directory on the same volume, for what a power cut brings back.
  PowerLossFileSystem(std::string attic, uint64_t seed);

  void CutPower();
  // Cuts the power at the nth (from 1) change from now on, before it takes effect.
  void CutPowerAtChange(uint64_t nth);
  bool power_is_off() const;
  // Every engine on this file system must be gone.
  void RestorePower(Leaves leaves);

  void Fail(Fault fault);
  void Heal() { Fail(Fault()); }

  // Changes since the start: appends, syncs, creations, renames, deletions.
  uint64_t change_count() const;
  // Bytes that the power cuts so far took.
  uint64_t forgotten_bytes() const;

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& path, size_t size,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;
  const char* Name() const override { return "PowerLossFileSystem"; }

 private:
  class File;
  class Directory;

  // What a file holds and what of it is safe.
  struct Content {
    uint64_t size = 0;
    uint64_t synced_size = 0;
  };

  // A change of a directory that was not synced yet. Undone backwards by a power cut.
  struct Change {
    enum class Kind { kCreated, kDeleted, kRenamed };
    Kind kind;
    std::string path;      // what was made, deleted or renamed
    std::string new_path;  // of a rename
    std::string attic;     // where what was deleted or replaced is; "" when nothing was
    std::shared_ptr<Content> attic_content;
  };

  rocksdb::IOStatus StartChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  rocksdb::IOStatus FaultOf(const std::string& path, bool is_sync) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  rocksdb::IOStatus MoveToAttic(const std::string& path, Change& change)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Content>& ContentOf(const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PunchPages(const std::string& path, const Content& content)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Undo(const Change& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  rocksdb::IOStatus SyncDirectory(const std::string& path);

  const std::string attic_;

  mutable absl::Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  bool power_is_off_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t cut_at_change_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: not planned
  uint64_t forgotten_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t attic_files_ ABSL_GUARDED_BY(mutex_) = 0;
  Fault fault_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<Content>> contents_ ABSL_GUARDED_BY(mutex_);
  std::vector<Change> unsynced_changes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_TESTS_CRASH_POWER_LOSS_FILE_SYSTEM_H_
