#include "vault/engine/rocksdb_engine.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

namespace fs = std::filesystem;

uint64_t Seed() {
  static const uint64_t seed = [] {
    uint64_t value = std::random_device()();
    const char* const given = getenv("CARDVAULT_SEED");
    if (given != nullptr && !absl::SimpleAtoi(given, &value)) value = 0;
    std::cout << "seed: CARDVAULT_SEED=" << value << std::endl;
    return value;
  }();
  return seed;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void FlipBit(const fs::path& path, size_t place, int bit) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(place));
  const char byte = static_cast<char>(file.get() ^ (1 << bit));
  file.seekp(static_cast<std::streamoff>(place));
  file.put(byte);
  ASSERT_TRUE(file.flush().good());
}

std::vector<fs::path> FilesEndingWith(const std::string& directory, const std::string& end) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (absl::EndsWith(entry.path().string(), end)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Where any file of the directory holds these bytes.
std::vector<std::string> FilesHolding(const std::string& directory, const std::string& bytes) {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (ReadFile(entry.path()).find(bytes) != std::string::npos) {
      found.push_back(entry.path().filename().string());
    }
  }
  return found;
}

class RocksDbEngineTest : public ::testing::Test {
 protected:
  RocksDbEngineTest() : path_(directory_.File("vault")) {
    options_.path = path_;
    options_.create_if_missing = true;
    options_.sync = false;
  }

  std::unique_ptr<RocksDbEngine> Open() {
    absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options_);
    EXPECT_THAT(engine, IsOk());
    return engine.ok() ? *std::move(engine) : nullptr;
  }

  static void Put(Engine& engine, Table table, const std::string& key, const std::string& value,
                  uint64_t revision = 1) {
    const std::unique_ptr<EngineBatch> batch = engine.NewBatch();
    batch->Put(table, key, value, revision);
    ASSERT_THAT(batch->Commit(), IsOk());
  }

  TempDir directory_;
  const std::string path_;
  RocksDbOptions options_;
};

TEST_F(RocksDbEngineTest, RowsOutliveTheEngine) {
  for (int i = 0; i < 3; ++i) {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    ASSERT_NE(engine, nullptr);
    for (int j = 0; j < i; ++j) {
      const absl::StatusOr<std::optional<Row>> row =
          engine->Get(Table::kRecords, absl::StrCat("key", j));
      ASSERT_THAT(row, IsOk());
      ASSERT_TRUE(row->has_value());
      EXPECT_EQ((*row)->value, absl::StrCat("value", j));
      EXPECT_EQ((*row)->revision, 100u + j);
    }
    Put(*engine, Table::kRecords, absl::StrCat("key", i), absl::StrCat("value", i), 100 + i);
    options_.create_if_missing = false;
  }
}

TEST_F(RocksDbEngineTest, DirectoryAndFilesAreTheOwnersAlone) {
  const std::unique_ptr<RocksDbEngine> engine = Open();
  Put(*engine, Table::kRecords, "key", "value");
  ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0u) << entry.path();
  }
}

TEST_F(RocksDbEngineTest, OpenRefusesAMissingVaultThatItMayNotMake) {
  options_.create_if_missing = false;
  const auto not_found = StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound);
  EXPECT_THAT(OpenRocksDbEngine(options_), not_found);
  fs::create_directory(path_);
  fs::permissions(path_, fs::perms::owner_all);
  EXPECT_THAT(OpenRocksDbEngine(options_), not_found);
  EXPECT_TRUE(fs::is_empty(path_));
  options_.path = "";
  EXPECT_THAT(OpenRocksDbEngine(options_), not_found);
  options_.path = directory_.File("no/such/parent");
  options_.create_if_missing = true;
  EXPECT_THAT(OpenRocksDbEngine(options_), not_found);
}

TEST_F(RocksDbEngineTest, OpenRefusesADirectoryOfSomethingElse) {
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition);
  fs::create_directory(path_);
  fs::permissions(path_, fs::perms::owner_all);
  std::ofstream(path_ + "/photo.jpg") << "x";
  EXPECT_THAT(OpenRocksDbEngine(options_), refused);
  EXPECT_FALSE(fs::exists(path_ + "/CURRENT"));
  std::ofstream(path_ + "/VAULT") << "something else\n";
  EXPECT_THAT(OpenRocksDbEngine(options_), refused);
  options_.path = directory_.File("file");
  std::ofstream(options_.path) << "x";
  EXPECT_THAT(OpenRocksDbEngine(options_), refused);
}

TEST_F(RocksDbEngineTest, OpenRefusesAFormatOfTheFuture) {
  Open();
  std::ofstream(path_ + "/VAULT") << "cardvault data directory\nformat 2\n";
  const absl::Status status = OpenRocksDbEngine(options_).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(absl::StrContains(std::string(status.message()), "format"));
}

TEST_F(RocksDbEngineTest, OpenRefusesADirectoryThatOthersMayRead) {
  Open();
  fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read);
  EXPECT_THAT(OpenRocksDbEngine(options_), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(RocksDbEngineTest, OpenRefusesADirectoryThatIsOpenElsewhere) {
  std::unique_ptr<RocksDbEngine> engine = Open();
  const absl::Status status = OpenRocksDbEngine(options_).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(absl::StrContains(std::string(status.message()), "another process"));
  engine.reset();
  EXPECT_THAT(OpenRocksDbEngine(options_), IsOk());
}

TEST_F(RocksDbEngineTest, OpenRefusesAVaultWithAMissingFile) {
  for (const std::string victim : {"CURRENT", "MANIFEST", ".sst"}) {
    options_.path = directory_.File("vault-without-" + victim);
    {
      const std::unique_ptr<RocksDbEngine> engine = Open();
      Put(*engine, Table::kRecords, "key", "value");
      ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
    }
    int removed = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(options_.path)) {
      const std::string name = entry.path().filename().string();
      if (!absl::StartsWith(name, victim) && !absl::EndsWith(name, victim)) continue;
      fs::remove(entry.path());
      ++removed;
    }
    ASSERT_EQ(removed, 1);
    EXPECT_THAT(OpenRocksDbEngine(options_),
                StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt))
        << victim;
  }
}

TEST_F(RocksDbEngineTest, OpenRefusesAVaultWhoseMarkerWasCut) {
  {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    Put(*engine, Table::kRecords, "key", "value");
    ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
  }
  fs::resize_file(path_ + "/VAULT", 10);
  EXPECT_THAT(OpenRocksDbEngine(options_), StatusIs(absl::StatusCode::kDataLoss));
}

// A damaged block gives DATA_LOSS, or the right row when the block was not needed; never wrong
// data.
TEST_F(RocksDbEngineTest, ABitFlippedInATableFileGivesDataLossNeverWrongData) {
  constexpr int kRows = 500;
  const auto key = [](int i) { return absl::StrCat("key", i); };
  const auto value = [](int i) { return absl::StrCat("value", i, std::string(50, 'v')); };
  {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
    for (int i = 0; i < kRows; ++i) batch->Put(Table::kRecords, key(i), value(i), 1 + i);
    ASSERT_THAT(batch->Commit(), IsOk());
    ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
  }
  const std::vector<fs::path> tables = FilesEndingWith(path_, ".sst");
  ASSERT_EQ(tables.size(), 1u);
  const size_t size = fs::file_size(tables[0]);

  std::mt19937_64 random(Seed());
  int data_losses = 0;
  for (int flip = 0; flip < 60; ++flip) {
    const size_t place = random() % size;
    const int bit = static_cast<int>(random() % 8);
    FlipBit(tables[0], place, bit);
    const absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options_);
    if (!engine.ok()) {
      EXPECT_THAT(engine, StatusIs(absl::StatusCode::kDataLoss));
      ++data_losses;
    } else {
      bool lost = false;
      for (int i = 0; i < kRows; ++i) {
        const absl::StatusOr<std::optional<Row>> row = (*engine)->Get(Table::kRecords, key(i));
        if (!row.ok()) {
          EXPECT_THAT(row, StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
          lost = true;
          continue;
        }
        ASSERT_TRUE(row->has_value()) << "an existing row is answered as absent";
        EXPECT_EQ((*row)->value, value(i));
        EXPECT_EQ((*row)->revision, 1u + i);
      }
      const absl::StatusOr<std::vector<KeyedRow>> rows =
          (*engine)->Scan(Table::kRecords, "", "", kRows + 1);
      if (rows.ok()) {
        EXPECT_EQ(rows->size(), static_cast<size_t>(kRows));
      } else {
        EXPECT_THAT(rows, StatusIs(absl::StatusCode::kDataLoss));
        lost = true;
      }
      data_losses += lost ? 1 : 0;
    }
    FlipBit(tables[0], place, bit);
  }
  EXPECT_GT(data_losses, 30);
  EXPECT_THAT(OpenRocksDbEngine(options_), IsOk());
}

// One bit flipped anywhere in the write-ahead log. RocksDB's default opens quietly and forgets what
// follows the bit. Here it does not open; only a bit that makes a record look longer than the file
// is taken for the cut-off end of a write, and what is missing then is a tail, which the size of
// the audit log shows against a checkpoint.
TEST_F(RocksDbEngineTest, ABitFlippedInTheLogIsNotPassedOverInSilence) {
  constexpr int kRows = 100;
  {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    for (int i = 0; i < kRows; ++i) {
      Put(*engine, Table::kAuditLeaves, BigEndian64(i), absl::StrCat("value", i), i);
    }
  }
  const TempDir copies;
  std::mt19937_64 random(Seed());
  int refused = 0;
  int tails = 0;
  size_t log_size = 0;
  for (int flip = 0; flip < 120; ++flip) {
    options_.path = copies.File(absl::StrCat("copy", flip));
    fs::copy(path_, options_.path, fs::copy_options::recursive);
    fs::permissions(options_.path, fs::perms::owner_all);
    const std::vector<fs::path> logs = FilesEndingWith(options_.path, ".log");
    ASSERT_EQ(logs.size(), 1u);
    log_size = fs::file_size(logs[0]);
    FlipBit(logs[0], random() % log_size, static_cast<int>(random() % 8));
    const absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options_);
    if (!engine.ok()) {
      EXPECT_THAT(engine, StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
      ++refused;
      continue;
    }
    const absl::StatusOr<std::vector<KeyedRow>> rows =
        (*engine)->Scan(Table::kAuditLeaves, "", "", kRows + 1);
    ASSERT_THAT(rows, IsOk());
    for (size_t i = 0; i < rows->size(); ++i) {
      EXPECT_EQ((*rows)[i].key, BigEndian64(i));
      EXPECT_EQ((*rows)[i].row.value, absl::StrCat("value", i));
    }
    if (rows->size() < kRows) ++tails;
  }
  std::cout << "of 120 flips in " << log_size << " bytes, " << refused << " refused, " << tails
            << " taken for a cut-off end" << std::endl;
  EXPECT_GT(refused, 90);
}

// A write that was cut off leaves a part of a record at the end of the log: not an error.
TEST_F(RocksDbEngineTest, ALogThatEndsWithinARecordOpensWithoutThatRecord) {
  {
    const std::unique_ptr<RocksDbEngine> engine = Open();
    Put(*engine, Table::kRecords, "whole", "value");
    Put(*engine, Table::kRecords, "cut", std::string(1000, 'v'));
  }
  const std::vector<fs::path> logs = FilesEndingWith(path_, ".log");
  ASSERT_EQ(logs.size(), 1u);
  fs::resize_file(logs[0], fs::file_size(logs[0]) - 300);
  const std::unique_ptr<RocksDbEngine> engine = Open();
  ASSERT_NE(engine, nullptr);
  EXPECT_TRUE((*engine->Get(Table::kRecords, "whole")).has_value());
  EXPECT_FALSE((*engine->Get(Table::kRecords, "cut")).has_value());
}

// S1, and style.md's pitfall 7: RocksDB keeps what was deleted until it is forced.
TEST_F(RocksDbEngineTest, PurgeTakesDeletedAndOverwrittenValuesOutOfEveryFile) {
  const std::string deleted = "DELETED-VALUE-7f3a";
  const std::string overwritten = "OVERWRITTEN-VALUE-91c2";
  const std::string kept = "KEPT-VALUE-44d0";
  const std::unique_ptr<RocksDbEngine> engine = Open();
  Put(*engine, Table::kRecords, "a", deleted);
  Put(*engine, Table::kRecords, "b", overwritten);
  Put(*engine, Table::kRecords, "c", kept);
  Put(*engine, Table::kDue, "d", "keeps the log file alive");
  ASSERT_THAT(engine->Purge(Table::kDue), IsOk());  // the values stand in a table file now
  {
    const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
    batch->Delete(Table::kRecords, "a");
    batch->Put(Table::kRecords, "b", "new", 2);
    batch->Put(Table::kDue, "e", "", 2);
    ASSERT_THAT(batch->Commit(), IsOk());
  }
  ASSERT_FALSE(FilesHolding(path_, deleted).empty()) << "the search finds nothing at all";
  ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
  EXPECT_THAT(FilesHolding(path_, deleted), ::testing::IsEmpty());
  EXPECT_THAT(FilesHolding(path_, overwritten), ::testing::IsEmpty());
  EXPECT_FALSE(FilesHolding(path_, kept).empty());
  EXPECT_FALSE((*engine->Get(Table::kRecords, "a")).has_value());
  EXPECT_EQ((*engine->Get(Table::kRecords, "b"))->value, "new");
}

// The info log is a file outside the records: no row key in it but by accident of opening.
// What a snapshot sees cannot leave the files: to say that it did would be a lie.
TEST_F(RocksDbEngineTest, PurgeWaitsForSnapshots) {
  const std::unique_ptr<RocksDbEngine> engine = Open();
  Put(*engine, Table::kRecords, "key", "value");
  {
    const auto snapshot = engine->TakeSnapshot();
    ASSERT_THAT(snapshot, IsOk());
    EXPECT_THAT(engine->Purge(Table::kRecords), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_THAT(engine->Purge(Table::kRecords), IsOk());
}

TEST_F(RocksDbEngineTest, TheInfoLogHoldsNeitherKeysNorValues) {
  const std::unique_ptr<RocksDbEngine> engine = Open();
  Put(*engine, Table::kRecords, "KEY-5be1", "VALUE-c09d");
  ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
  const std::string log = ReadFile(path_ + "/LOG");
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(log.find("KEY-5be1"), std::string::npos);
  EXPECT_EQ(log.find("VALUE-c09d"), std::string::npos);
}

TEST_F(RocksDbEngineTest, ApproximateSizeGrowsWithTheTable) {
  const std::unique_ptr<RocksDbEngine> engine = Open();
  const absl::StatusOr<uint64_t> before = engine->ApproximateSizeBytes(Table::kRecords);
  ASSERT_THAT(before, IsOk());
  const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
  for (int i = 0; i < 1000; ++i) {
    batch->Put(Table::kRecords, absl::StrCat(i), std::string(1000, 'v'), 1);
  }
  ASSERT_THAT(batch->Commit(), IsOk());
  EXPECT_GT(*engine->ApproximateSizeBytes(Table::kRecords), *before + 500'000);
  ASSERT_THAT(engine->Purge(Table::kRecords), IsOk());
  EXPECT_GT(*engine->ApproximateSizeBytes(Table::kRecords), *before + 500'000);
}

}  // namespace
}  // namespace cardvault
