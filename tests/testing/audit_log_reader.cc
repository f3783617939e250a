#include "tests/testing/audit_log_reader.h"

#include <memory>

#include "base/check.h"
#include "base/length_prefix.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

constexpr size_t kRowsPerScan = 10000;

}  // namespace

std::vector<AuditEntry> ReadAuditLog(const std::string& data_directory) {
  RocksDbOptions options;
  options.path = data_directory;
  auto engine = OpenRocksDbEngine(options);
  CV_CHECK(engine.ok());
  std::vector<AuditEntry> entries;
  for (;;) {
    auto rows = (*engine)->Scan(Table::kAuditLeaves, BigEndian64(entries.size()), "", kRowsPerScan);
    CV_CHECK(rows.ok());
    if (rows->empty()) return entries;
    for (const KeyedRow& row : *rows) {
      absl::StatusOr<AuditEntry> entry = DecodeEntry(row.row.value);
      CV_CHECK(entry.ok());
      CV_CHECK(entry->sequence == entries.size());
      entries.push_back(*std::move(entry));
    }
  }
}

}  // namespace cardvault::testing
