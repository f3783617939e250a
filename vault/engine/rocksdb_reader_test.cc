#include "vault/engine/rocksdb_reader.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "base/length_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

namespace fs = std::filesystem;

// Some twenty write buffers.
constexpr uint64_t kBusyRows = 10'000;

class RocksDbReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<RocksDbEngine> Open(size_t write_buffer_size_bytes = size_t{64} << 20) {
    RocksDbOptions options;
    options.path = path_;
    options.create_if_missing = true;
    options.sync = false;
    options.write_buffer_size_bytes = write_buffer_size_bytes;
    return *OpenRocksDbEngine(options);
  }

  static void Put(Engine& engine, uint64_t number, const std::string& value) {
    const std::unique_ptr<EngineBatch> batch = engine.NewBatch();
    batch->Put(Table::kAuditLeaves, BigEndian64(number), value, number);
    batch->Put(Table::kAuditNodes, BigEndian64(number), value, number);
    ASSERT_THAT(batch->Commit(), IsOk());
  }

  // Name and content of every file.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
  }

  const TempDir directory_;
  const std::string path_ = directory_.File("data");
};

TEST_F(RocksDbReaderTest, ReadsBesideWhoHasItOpenAndWritesNothing) {
  const std::unique_ptr<RocksDbEngine> engine = Open();
  Put(*engine, 1, "one");
  ASSERT_THAT(engine->Purge(Table::kAuditNodes), IsOk());
  Put(*engine, 2, "two");
  const std::map<std::string, std::string> before = Files();
  const auto rows = ReadRocksDb(path_);
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ((*rows)->Scan(Table::kAuditLeaves, "", "", 10)->size(), 2u);
  EXPECT_EQ((*(*rows)->Last(Table::kAuditNodes))->row.value, "two");
  EXPECT_EQ(Files(), before);
  // It stays what it was, also when its files are gone.
  Put(*engine, 3, "three");
  ASSERT_THAT(engine->Purge(Table::kAuditLeaves), IsOk());
  EXPECT_EQ((*rows)->Scan(Table::kAuditLeaves, "", "", 10)->size(), 2u);
  EXPECT_EQ((*ReadRocksDb(path_))->Scan(Table::kAuditLeaves, "", "", 10)->size(), 3u);
}

TEST_F(RocksDbReaderTest, ReadsADirectoryThatTakesNoWrites) {
  Put(*Open(), 1, "one");
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    fs::permissions(entry.path(), fs::perms::owner_read);
  }
  fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_exec);
  const auto rows = ReadRocksDb(path_);
  fs::permissions(path_, fs::perms::owner_all);
  ASSERT_THAT(rows, IsOk());
  EXPECT_TRUE((*rows)->Last(Table::kAuditLeaves)->has_value());
}

// Whatever the writer does with its files meanwhile, there is no hole.
TEST_F(RocksDbReaderTest, EveryMomentOfABusyStoreIsWhole) {
  const std::unique_ptr<RocksDbEngine> engine = Open(size_t{1} << 20);
  Put(*engine, 0, "first");
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    const std::string value(1000, 'v');
    for (uint64_t number = 1; number < kBusyRows; ++number) Put(*engine, number, value);
    is_done = true;
  });
  uint64_t least = 0;
  while (!is_done) {
    const auto rows = ReadRocksDb(path_);
    if (!rows.ok()) {
      EXPECT_THAT(rows, StatusIs(absl::StatusCode::kUnavailable));
      continue;
    }
    const std::vector<KeyedRow> found = *(*rows)->Scan(Table::kAuditLeaves, "", "", kBusyRows);
    EXPECT_EQ((*rows)->Last(Table::kAuditLeaves)->value().key, BigEndian64(found.size() - 1));
    EXPECT_EQ((*rows)->Scan(Table::kAuditNodes, "", "", kBusyRows)->size(), found.size());
    EXPECT_GE(found.size(), least);
    least = found.size();
  }
  writer.join();
  EXPECT_GT(least, 1u);
}

TEST_F(RocksDbReaderTest, SaysWhatIsNoVaultAndWhatIsDamaged) {
  EXPECT_THAT(ReadRocksDb(path_), StatusIs(absl::StatusCode::kNotFound));
  Put(*Open(), 1, "one");
  fs::remove(path_ + "/CURRENT");
  EXPECT_THAT(ReadRocksDb(path_), StatusIs(absl::StatusCode::kDataLoss));
  std::ofstream(path_ + "/VAULT") << "cardvault data directory\nformat 9\n";
  EXPECT_THAT(ReadRocksDb(path_), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace cardvault
