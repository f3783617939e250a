#include "vault/engine/rocksdb_engine.h"

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <chrono>  // NOLINT(build/c++11): absl has no steady clock
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"
#include "vault/engine/data_directory.h"
#include "vault/engine/medium_check.h"
#include "vault/engine/rocksdb_database.h"
#include "vault/engine/rocksdb_freeze.h"
#include "vault/engine/rocksdb_hooks.h"
#include "vault/engine/rocksdb_rows.h"

namespace cardvault {
namespace {

// A medium that fails is not asked more often than this, however many commits wait for it.
constexpr std::chrono::milliseconds kRepairInterval(100);

absl::Status WriteError() {
  return Unavailable(ErrorReason::kAuditUnavailable, "the data store cannot be written");
}

RocksDbSettings SettingsOf(const RocksDbOptions& options) {
  return {options.path, options.block_cache_size_bytes, options.write_buffer_size_bytes};
}

class Implementation final : public RocksDbEngine {
 public:
  Implementation(RocksDbOptions options, std::unique_ptr<DataDirectory> directory,
                 std::unique_ptr<rocksdb::Env> env, std::unique_ptr<RocksDbDatabase> database)
      : options_(std::move(options)),
        directory_(std::move(directory)),
        env_(std::move(env)),
        database_(std::move(database)) {}

  absl::StatusOr<std::optional<Row>> Get(Table table, absl::string_view key) const override {
    absl::ReaderMutexLock lock(&mutex_);
    if (database_ == nullptr) return BeingRepaired();
    return GetRow(*database_, table, key);
  }

  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    absl::ReaderMutexLock lock(&mutex_);
    if (database_ == nullptr) return BeingRepaired();
    return ScanRows(*database_, rocksdb::ReadOptions(), table, first_key, end_key, max_rows);
  }

  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    absl::ReaderMutexLock lock(&mutex_);
    if (database_ == nullptr) return BeingRepaired();
    return LastRow(*database_, rocksdb::ReadOptions(), table);
  }

  absl::StatusOr<std::unique_ptr<EngineSnapshot>> TakeSnapshot() const override;

  std::unique_ptr<EngineBatch> NewBatch() override;

  // RocksDB 7.8's own DB::Resume is not enough: with empty write buffers it changes nothing and
  // goes on in the same log file, behind a record that failed and may come up again at the next
  // start. So the database is opened anew: what is in the log then is read, written out and done
  // with. Until the medium takes writes again the old one stays, for reads.
  absl::Status Settle() override {
    if (!write_failed_) return absl::OkStatus();
    {
      absl::MutexLock lock(&repair_mutex_);
      const auto now = std::chrono::steady_clock::now();
      if (now < next_repair_) return WriteError();
      next_repair_ = now + kRepairInterval;
    }
    {
      absl::ReaderMutexLock lock(&mutex_);
      if (database_ != nullptr) {
        uint64_t buffered = 0;
        database_->db().GetAggregatedIntProperty(rocksdb::DB::Properties::kSizeAllMemTables,
                                                 &buffered);
        RETURN_IF_ERROR(CheckMedium(*env_->GetFileSystem(), options_.path, buffered));
        database_->db().DisableManualCompaction();  // a Purge would keep the lock
      }
    }
    absl::MutexLock lock(&mutex_);
    ReleaseSnapshots();
    database_.reset();
    absl::StatusOr<std::unique_ptr<RocksDbDatabase>> database =
        RocksDbDatabase::Open(SettingsOf(options_), env_.get(), /*make_tables=*/false);
    if (!database.ok()) return database.status();
    database_ = *std::move(database);
    write_failed_ = false;
    return absl::OkStatus();
  }

  absl::Status Purge(Table table) override {
    absl::ReaderMutexLock lock(&mutex_);
    if (database_ == nullptr) return BeingRepaired();
    {
      // A compaction keeps what a snapshot sees. One that is taken from here on sees the deletions.
      // Frozen files are kept as they are.
      absl::MutexLock snapshots_lock(&snapshots_mutex_);
      if (!snapshots_.empty() || frozen_) {
        return Unavailable(ErrorReason::kAuditUnavailable,
                           "the store is being scanned or backed up: it cannot be purged until "
                           "that is over");
      }
      ++purge_count_;
    }
    const PurgeMark mark(*this);
    std::vector<rocksdb::ColumnFamilyHandle*> all;
    for (int i = 0; i < kTableCount; ++i) {
      all.push_back(database_->handle(static_cast<Table>(i)));
    }
    // All tables, so that no log file with deleted values stays for another table's sake.
    rocksdb::Status status = database_->db().Flush(rocksdb::FlushOptions(), all);
    if (!status.ok()) return WriteError();
    rocksdb::CompactRangeOptions compact;
    compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    compact.exclusive_manual_compaction = false;
    status = database_->db().CompactRange(compact, database_->handle(table), nullptr, nullptr);
    if (!status.ok()) return WriteError();
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<FrozenFiles>> Freeze() override;

  absl::StatusOr<uint64_t> ApproximateSizeBytes(Table table) const override {
    absl::ReaderMutexLock lock(&mutex_);
    if (database_ == nullptr) return BeingRepaired();
    uint64_t files = 0;
    uint64_t buffers = 0;
    rocksdb::DB& db = database_->db();
    rocksdb::ColumnFamilyHandle* const handle = database_->handle(table);
    if (!db.GetIntProperty(handle, rocksdb::DB::Properties::kLiveSstFilesSize, &files) ||
        !db.GetIntProperty(handle, rocksdb::DB::Properties::kCurSizeAllMemTables, &buffers)) {
      return Unavailable(ErrorReason::kAuditUnavailable, "the data store does not tell its size");
    }
    return files + buffers;
  }

 private:
  class Batch;
  class Snapshot;
  class Frozen;

  // Of one Purge, which has counted itself in.
  class PurgeMark final {
   public:
    explicit PurgeMark(Implementation& engine) : engine_(engine) {}
    ~PurgeMark() {
      absl::MutexLock lock(&engine_.snapshots_mutex_);
      --engine_.purge_count_;
    }

   private:
    Implementation& engine_;
  };

  // RocksDB's snapshots die with the database they were taken of.
  void ReleaseSnapshots() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::MutexLock lock(&snapshots_mutex_);
    if (database_ == nullptr) return;
    for (const auto& [owner, snapshot] : snapshots_) database_->db().ReleaseSnapshot(snapshot);
    snapshots_.clear();
  }

  static absl::Status BeingRepaired() {
    return Unavailable(ErrorReason::kAuditUnavailable, "the data store is being repaired");
  }

  // Constant after construction.
  const RocksDbOptions options_;
  const std::unique_ptr<DataDirectory> directory_;
  const std::unique_ptr<rocksdb::Env> env_;

  absl::Mutex repair_mutex_;
  std::chrono::steady_clock::time_point next_repair_ ABSL_GUARDED_BY(repair_mutex_);

  // Set by a commit that failed; nothing is written then until Settle.
  std::atomic<bool> write_failed_ = false;

  // The database is used under the reader lock and changed under the writer lock.
  mutable absl::Mutex mutex_;
  // Null while it cannot be opened again.
  std::unique_ptr<RocksDbDatabase> database_ ABSL_GUARDED_BY(mutex_);

  mutable absl::Mutex snapshots_mutex_ ABSL_ACQUIRED_AFTER(mutex_);
  // Those that are open, of the database as it is now.
  mutable absl::flat_hash_map<const Snapshot*, const rocksdb::Snapshot*> snapshots_
      ABSL_GUARDED_BY(snapshots_mutex_);
  int purge_count_ ABSL_GUARDED_BY(snapshots_mutex_) = 0;  // under way
  bool frozen_ ABSL_GUARDED_BY(snapshots_mutex_) = false;
};

class Implementation::Frozen final : public FrozenFiles {
 public:
  explicit Frozen(Implementation& engine)
      : engine_(engine), directory_(FrozenPath(engine.options_.path)) {}

  ~Frozen() override {
    RemoveFrozenFiles(engine_.options_.path);
    absl::MutexLock lock(&engine_.snapshots_mutex_);
    engine_.frozen_ = false;
  }

  const std::string& directory() const override { return directory_; }

 private:
  Implementation& engine_;
  const std::string directory_;
};

absl::StatusOr<std::unique_ptr<FrozenFiles>> Implementation::Freeze() {
  absl::ReaderMutexLock lock(&mutex_);
  if (database_ == nullptr) return BeingRepaired();
  if (write_failed_) return WriteError();
  {
    absl::MutexLock snapshots_lock(&snapshots_mutex_);
    if (frozen_ || purge_count_ > 0) {
      return Unavailable(ErrorReason::kAuditUnavailable,
                         "the store is being purged or backed up: try again when that is over");
    }
    frozen_ = true;
  }
  auto frozen = std::make_unique<Frozen>(*this);
  if (!FreezeFiles(database_->db(), options_.path)) return WriteError();
  return frozen;
}

class Implementation::Snapshot final : public EngineSnapshot {
 public:
  explicit Snapshot(const Implementation& engine) : engine_(engine) {}

  ~Snapshot() override {
    absl::ReaderMutexLock lock(&engine_.mutex_);
    absl::MutexLock snapshots_lock(&engine_.snapshots_mutex_);
    const auto open = engine_.snapshots_.find(this);
    if (open == engine_.snapshots_.end()) return;  // it went with its database
    engine_.database_->db().ReleaseSnapshot(open->second);
    engine_.snapshots_.erase(open);
  }

  absl::StatusOr<std::vector<KeyedRow>> Scan(Table table, absl::string_view first_key,
                                             absl::string_view end_key,
                                             size_t max_rows) const override {
    absl::ReaderMutexLock lock(&engine_.mutex_);
    ASSIGN_OR_RETURN(const rocksdb::ReadOptions read, Read());
    return ScanRows(*engine_.database_, read, table, first_key, end_key, max_rows);
  }

  absl::StatusOr<std::optional<KeyedRow>> Last(Table table) const override {
    absl::ReaderMutexLock lock(&engine_.mutex_);
    ASSIGN_OR_RETURN(const rocksdb::ReadOptions read, Read());
    return LastRow(*engine_.database_, read, table);
  }

 private:
  absl::StatusOr<rocksdb::ReadOptions> Read() const ABSL_SHARED_LOCKS_REQUIRED(engine_.mutex_) {
    absl::MutexLock lock(&engine_.snapshots_mutex_);
    const auto open = engine_.snapshots_.find(this);
    if (open == engine_.snapshots_.end()) {
      return Unavailable(ErrorReason::kAuditUnavailable,
                         "the data store was repaired during the scan: begin it again");
    }
    rocksdb::ReadOptions read;
    read.snapshot = open->second;
    read.fill_cache = false;
    return read;
  }

  const Implementation& engine_;
};

absl::StatusOr<std::unique_ptr<EngineSnapshot>> Implementation::TakeSnapshot() const {
  absl::ReaderMutexLock lock(&mutex_);
  if (database_ == nullptr) return BeingRepaired();
  auto snapshot = std::make_unique<Snapshot>(*this);
  absl::MutexLock snapshots_lock(&snapshots_mutex_);
  snapshots_[snapshot.get()] = database_->db().GetSnapshot();
  return snapshot;
}

class Implementation::Batch final : public EngineBatch {
 public:
  explicit Batch(Implementation& engine) : engine_(engine) {}

  absl::StatusOr<std::optional<size_t>> FirstBroken(
      const std::vector<Precondition>& preconditions) override {
    std::vector<std::optional<uint64_t>> revisions(preconditions.size());
    std::array<std::vector<size_t>, kTableCount> stored;
    for (size_t i = 0; i < preconditions.size(); ++i) {
      const auto& own = own_[static_cast<size_t>(preconditions[i].table)];
      const auto written = own.find(preconditions[i].key);
      if (written != own.end()) {
        revisions[i] = written->second;
      } else {
        stored[static_cast<size_t>(preconditions[i].table)].push_back(i);
      }
    }
    for (size_t table = 0; table < kTableCount; ++table) {
      if (stored[table].empty()) continue;
      RETURN_IF_ERROR(
          ReadRevisions(static_cast<Table>(table), preconditions, stored[table], revisions));
    }
    for (size_t i = 0; i < preconditions.size(); ++i) {
      if (!Holds(preconditions[i], revisions[i])) return i;
    }
    return std::nullopt;
  }

  void Put(Table table, absl::string_view key, absl::string_view value,
           uint64_t revision) override {
    absl::ReaderMutexLock lock(&engine_.mutex_);
    if (engine_.database_ == nullptr) {
      broken_ = true;
      return;
    }
    const std::string prefix = BigEndian64(revision);
    const rocksdb::Slice key_part = ToSlice(key);
    const std::array<rocksdb::Slice, 2> value_parts = {prefix, ToSlice(value)};
    Check(writes_.Put(engine_.database_->handle(table), {&key_part, 1},
                      {value_parts.data(), static_cast<int>(value_parts.size())}));
    own_[static_cast<size_t>(table)].insert_or_assign(std::string(key.data(), key.size()),
                                                      revision);
  }

  void Delete(Table table, absl::string_view key) override {
    absl::ReaderMutexLock lock(&engine_.mutex_);
    if (engine_.database_ == nullptr) {
      broken_ = true;
      return;
    }
    Check(writes_.Delete(engine_.database_->handle(table), ToSlice(key)));
    own_[static_cast<size_t>(table)].insert_or_assign(std::string(key.data(), key.size()),
                                                      std::nullopt);
  }

  absl::Status Commit() override {
    CV_CHECK(!committed_);
    committed_ = true;
    absl::ReaderMutexLock lock(&engine_.mutex_);
    if (broken_ || engine_.write_failed_ || engine_.database_ == nullptr) return WriteError();
    rocksdb::WriteOptions write;
    write.sync = engine_.options_.sync;
    if (engine_.database_->db().Write(write, &writes_).ok()) {
      return absl::OkStatus();
    }
    engine_.write_failed_ = true;
    return WriteError();
  }

 private:
  // RocksDB refuses a write into a batch only when it is too large to be one.
  void Check(const rocksdb::Status& status) {
    if (!status.ok()) broken_ = true;
  }

  static bool Holds(const Precondition& precondition, std::optional<uint64_t> revision) {
    switch (precondition.kind) {
      case Precondition::Kind::kAbsent:
        return !revision.has_value();
      case Precondition::Kind::kUnchanged:
        return revision == precondition.revision;
    }
    return false;
  }

  // The stored revisions of the rows of `table` that the conditions at `places` name; nullopt for
  // a row that is not there.
  absl::Status ReadRevisions(Table table, const std::vector<Precondition>& preconditions,
                             const std::vector<size_t>& places,
                             std::vector<std::optional<uint64_t>>& revisions) const {
    std::vector<rocksdb::Slice> keys(places.size());
    bool are_there = true;
    for (size_t i = 0; i < places.size(); ++i) {
      keys[i] = preconditions[places[i]].key;
      are_there = are_there && preconditions[places[i]].kind == Precondition::Kind::kUnchanged;
    }
    absl::ReaderMutexLock lock(&engine_.mutex_);
    if (engine_.database_ == nullptr) return BeingRepaired();
    ASSIGN_OR_RETURN(const std::vector<std::optional<uint64_t>> found,
                     RevisionsOf(*engine_.database_, table, keys, are_there));
    for (size_t i = 0; i < places.size(); ++i) revisions[places[i]] = found[i];
    return absl::OkStatus();
  }

  Implementation& engine_;
  rocksdb::WriteBatch writes_;
  // What the batch does to rows, for its own reads: their revision, nullopt for a deletion.
  // RocksDB's index of a batch keeps values as well, in order, which nobody asks for.
  std::array<absl::flat_hash_map<std::string, std::optional<uint64_t>>, kTableCount> own_;
  bool broken_ = false;
  bool committed_ = false;
};

std::unique_ptr<EngineBatch> Implementation::NewBatch() { return std::make_unique<Batch>(*this); }

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbEngine>> OpenRocksDbEngine(const RocksDbOptions& options) {
  umask(077);
  ASSIGN_OR_RETURN(std::unique_ptr<DataDirectory> directory,
                   DataDirectory::Open(options.path, options.create_if_missing));
  const bool has_file_system = options.hooks != nullptr && options.hooks->file_system != nullptr;
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(
      has_file_system ? options.hooks->file_system : rocksdb::FileSystem::Default());
  RemoveFrozenFiles(options.path);
  RETURN_IF_ERROR(CheckFreeSpace(*env->GetFileSystem(), options.path, /*buffered_bytes=*/0));
  ASSIGN_OR_RETURN(std::unique_ptr<RocksDbDatabase> database,
                   RocksDbDatabase::Open(SettingsOf(options), env.get(), directory->is_new()));
  if (directory->is_new()) RETURN_IF_ERROR(directory->MarkComplete());
  return std::make_unique<Implementation>(options, std::move(directory), std::move(env),
                                          std::move(database));
}

}  // namespace cardvault
