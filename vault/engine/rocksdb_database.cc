#include "vault/engine/rocksdb_database.h"

#include <stdarg.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "vault/engine/info_log.h"

namespace cardvault {
namespace {

absl::Status OpenError(const rocksdb::Status& status) {
  // Not found, invalid: a file is missing, or the tables are not those that were made.
  if (status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument() ||
      status.IsPathNotFound()) {
    return DataLoss(
        "the data directory is damaged: a file of it is missing or does not read back as written; "
        "the file LOG in it says which");
  }
  return Unavailable(ErrorReason::kUnspecified,
                     "the data directory cannot be read or written: check its disk");
}

// Tables that are asked for single rows which often are not there.
bool IsAskedForAbsentRows(Table table) {
  switch (table) {
    case Table::kRecords:
    case Table::kTokenIndex:
    case Table::kFingerprints:
    case Table::kEnumeration:
    case Table::kIdempotency:
    case Table::kPayments:
      return true;
    case Table::kMeta:
    case Table::kDue:
    case Table::kPolicy:
    case Table::kCredentials:
    case Table::kKeys:
    case Table::kAuditLeaves:
    case Table::kAuditNodes:
    case Table::kAuditCheckpoints:
      return false;
  }
  return false;
}

// RocksDB would write its own log into a directory that is only read.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

// Of the write buffer's size: some 20 bits for each card record that fits in.
constexpr double kWriteBufferBloomRatio = 0.01;

rocksdb::DBOptions DatabaseOptions(const RocksDbSettings& settings, rocksdb::Env* env,
                                   bool make_tables) {
  rocksdb::DBOptions db;
  db.env = env;
  db.create_if_missing = make_tables;
  db.create_missing_column_families = make_tables;
  db.paranoid_checks = true;
  // The default stops quietly at a damaged byte and loses what follows it. This one refuses to
  // open, and takes only a record that was never finished for the end.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // track_and_verify_wals_in_manifest stays off: up to 7.8 it can name log files that are rightly
  // gone as missing, and the vault would not open. A log file that was taken away shows as a gap or
  // a tail missing in the audit log.
  db.recycle_log_file_num = 0;  // a recycled log keeps deleted bytes
  db.avoid_unnecessary_blocking_io = true;
  db.allow_concurrent_memtable_write = false;  // one thread writes
  db.max_bgerror_resume_count = 0;             // Settle repairs, nothing else
  db.db_write_buffer_size = settings.write_buffer_size_bytes;
  db.max_total_wal_size = 2 * settings.write_buffer_size_bytes;
  db.max_open_files = 512;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> ColumnFamilies(const RocksDbSettings& settings) {
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(settings.block_cache_size_bytes);
  blocks.cache_index_and_filter_blocks = true;
  blocks.pin_l0_filter_and_index_blocks_in_cache = true;
  // Index and filters in parts of block size: only those in use stand in the cache.
  blocks.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  blocks.partition_filters = true;
  blocks.format_version = 5;

  rocksdb::ColumnFamilyOptions column_family;
  column_family.compression = rocksdb::kNoCompression;  // sealed bytes do not compress
  column_family.bottommost_compression = rocksdb::kNoCompression;
  column_family.level_compaction_dynamic_level_bytes = true;
  column_family.write_buffer_size = settings.write_buffer_size_bytes / 2;
  column_family.arena_block_size = size_t{256} << 10;  // a small table must not hold megabytes
  // Rows that come in order, as those of the log and of a re-encryption do, go in behind the last
  // one, one place remembered for each first byte, without a search from the top.
  column_family.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(1));

  std::vector<rocksdb::ColumnFamilyDescriptor> column_families;
  column_families.emplace_back(rocksdb::kDefaultColumnFamilyName, column_family);  // unused
  for (int i = 0; i < kTableCount; ++i) {
    const Table table = static_cast<Table>(i);
    blocks.filter_policy.reset(IsAskedForAbsentRows(table) ? rocksdb::NewBloomFilterPolicy(10)
                                                           : nullptr);
    // The same question, asked of the write buffer: its skip list is the slowest way to a "no".
    column_family.memtable_whole_key_filtering = IsAskedForAbsentRows(table);
    column_family.memtable_prefix_bloom_size_ratio =
        IsAskedForAbsentRows(table) ? kWriteBufferBloomRatio : 0;
    column_family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
    const absl::string_view name = TableName(table);
    column_families.emplace_back(std::string(name.data(), name.size()), column_family);
  }
  return column_families;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RocksDbDatabase>> RocksDbDatabase::Open(
    const RocksDbSettings& settings, rocksdb::Env* env, bool make_tables) {
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DBOptions options = DatabaseOptions(settings, env, make_tables);
  options.info_log = std::make_shared<InfoLog>(settings.path);
  const rocksdb::Status status =
      rocksdb::DB::Open(options, settings.path, ColumnFamilies(settings), &handles, &db);
  if (!status.ok()) return OpenError(status);
  return std::unique_ptr<RocksDbDatabase>(new RocksDbDatabase(db, std::move(handles)));
}

absl::StatusOr<std::unique_ptr<RocksDbDatabase>> RocksDbDatabase::OpenForReading(
    const RocksDbSettings& settings, rocksdb::Env* env) {
  rocksdb::DBOptions options = DatabaseOptions(settings, env, /*make_tables=*/false);
  options.info_log = std::make_shared<NoLog>();
  // Every file is opened here and now: one that is deleted later can still be read.
  options.max_open_files = -1;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(options, settings.path, ColumnFamilies(settings), &handles, &db);
  if (!status.ok()) return OpenError(status);
  return std::unique_ptr<RocksDbDatabase>(new RocksDbDatabase(db, std::move(handles)));
}

RocksDbDatabase::RocksDbDatabase(rocksdb::DB* db, std::vector<rocksdb::ColumnFamilyHandle*> handles)
    : db_(db), handles_(std::move(handles)) {
  CV_CHECK(handles_.size() == kTableCount + 1);
}

RocksDbDatabase::~RocksDbDatabase() {
  for (rocksdb::ColumnFamilyHandle* const handle : handles_) {
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  db_->Close().PermitUncheckedError();
}

}  // namespace cardvault
