// A store that cannot be reached: what its callers are told of it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/file_system.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/rocksdb_hooks.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// The machine's files, of which some fail while told to.
class PatchyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  PatchyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "PatchyFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* debug) override {
    IOStatus status = target()->NewWritableFile(path, options, file, debug);
    if (status.ok() && absl::EndsWith(path, ".log")) {
      *file = std::make_unique<LogFile>(*this, std::move(*file));
    }
    return status;
  }
  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext* debug) override {
    if (fail_opens_) return IOStatus::IOError("told to");
    return target()->NewSequentialFile(path, options, file, debug);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* debug) override {
    IOStatus status = target()->NewRandomAccessFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<TableFile>(*this, std::move(*file));
    return status;
  }

  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* free_bytes,
                        IODebugContext* debug) override {
    const IOStatus status = target()->GetFreeSpace(path, options, free_bytes, debug);
    if (is_full_) *free_bytes = 1 << 20;
    return status;
  }

  std::atomic<bool> is_full_ = false;
  std::atomic<bool> fail_log_writes_ = false;
  std::atomic<bool> fail_opens_ = false;
  std::atomic<bool> fail_table_reads_ = false;

 private:
  class TableFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    TableFile(PatchyFileSystem& owner, std::unique_ptr<rocksdb::FSRandomAccessFile> file)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), owner_(owner) {}
    IOStatus Read(uint64_t offset, size_t size, const IOOptions& options, rocksdb::Slice* result,
                  char* scratch, IODebugContext* debug) const override {
      if (owner_.fail_table_reads_) return IOStatus::IOError("told to");
      return target()->Read(offset, size, options, result, scratch, debug);
    }

   private:
    PatchyFileSystem& owner_;
  };

  class LogFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    LogFile(PatchyFileSystem& owner, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), owner_(owner) {}
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                    IODebugContext* debug) override {
      if (owner_.fail_log_writes_) return IOStatus::IOError("told to");
      return target()->Append(data, options, debug);
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
      return Append(data, options, debug);
    }

   private:
    PatchyFileSystem& owner_;
  };
};

class UnreachableStoreTest : public testing::Test {
 protected:
  UnreachableStoreTest() {
    hooks_.file_system = files_;
    options_.path = directory_.File("vault");
    options_.create_if_missing = true;
    options_.hooks = &hooks_;
  }

  TempDir directory_;
  const std::shared_ptr<PatchyFileSystem> files_ = std::make_shared<PatchyFileSystem>();
  RocksDbHooks hooks_;
  RocksDbOptions options_;
};

// An error without a reason would reach the caller as INTERNAL, as if it were no use to try again.
TEST_F(UnreachableStoreTest, ReadsSayUnavailableWithAReason) {
  const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options_);
  const auto is_unavailable =
      StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable);

  files_->fail_log_writes_ = true;
  const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
  batch->Put(Table::kRecords, "key", "value", 1);
  EXPECT_THAT(batch->Commit(), is_unavailable);
  files_->fail_log_writes_ = false;

  // It is opened anew, and that fails half-way: there is no store until it succeeds.
  files_->fail_opens_ = true;
  EXPECT_FALSE(engine->Settle().ok());
  EXPECT_THAT(engine->Get(Table::kRecords, "key"), is_unavailable);
  EXPECT_THAT(engine->Scan(Table::kRecords, "", "", 1), is_unavailable);
  EXPECT_THAT(engine->Last(Table::kRecords), is_unavailable);
  EXPECT_THAT(engine->NewBatch()->FirstBroken({Precondition::Absent(Table::kRecords, "key")}),
              is_unavailable);
  EXPECT_THAT(engine->ApproximateSizeBytes(Table::kRecords), is_unavailable);
}

// RocksDB's snapshots do not outlive the database that is closed for the repair.
TEST_F(UnreachableStoreTest, ASnapshotEndsWithARepair) {
  const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options_);
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> before = engine->TakeSnapshot();
  ASSERT_THAT(before, IsOk());
  files_->fail_log_writes_ = true;
  const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
  batch->Put(Table::kRecords, "key", "value", 1);
  EXPECT_FALSE(batch->Commit().ok());
  files_->fail_log_writes_ = false;
  ASSERT_THAT(engine->Settle(), IsOk());

  EXPECT_THAT((*before)->Scan(Table::kRecords, "", "", 1),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  const absl::StatusOr<std::unique_ptr<EngineSnapshot>> after = engine->TakeSnapshot();
  ASSERT_THAT(after, IsOk());
  before->reset();
  EXPECT_THAT((*after)->Scan(Table::kRecords, "", "", 1), IsOk());
  EXPECT_FALSE(engine->Purge(Table::kRecords).ok());  // the newer one is open still
}

TEST_F(UnreachableStoreTest, RowsThatCannotBeReadSayUnavailableWithAReason) {
  const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options_);
  const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
  batch->Put(Table::kRecords, "key", "value", 1);
  ASSERT_THAT(batch->Commit(), IsOk());
  ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());  // into a file
  files_->fail_table_reads_ = true;
  EXPECT_THAT(engine->Get(Table::kRecords, "key"),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
}

// RocksDB would end the process while it opens.
TEST_F(UnreachableStoreTest, AVolumeWithoutRoomIsRefused) {
  files_->is_full_ = true;
  EXPECT_THAT(OpenRocksDbEngine(options_),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  files_->is_full_ = false;
  EXPECT_THAT(OpenRocksDbEngine(options_), IsOk());
}

}  // namespace
}  // namespace cardvault
