#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/engine/engine.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

class FrozenFilesTest : public testing::Test {
 protected:
  FrozenFilesTest() { Open(); }

  void Open() {
    engine_.reset();
    RocksDbOptions options;
    options.path = path_;
    options.create_if_missing = true;
    auto engine = OpenRocksDbEngine(options);
    ASSERT_THAT(engine, IsOk());
    engine_ = *std::move(engine);
  }

  void Put(const std::string& key) {
    const auto batch = engine_->NewBatch();
    batch->Put(Table::kRecords, key, "value of " + key, 7);
    ASSERT_THAT(batch->Commit(), IsOk());
  }

  static std::set<std::string> FilesIn(const std::string& path) {
    std::set<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      files.insert(absl::StrCat(file.path().filename().string(), " ", file.file_size()));
    }
    return files;
  }

  TempDir directory_;
  const std::string path_ = directory_.File("data");
  std::unique_ptr<RocksDbEngine> engine_;
};

TEST_F(FrozenFilesTest, HoldWhatWasCommittedBeforeAndNothingOfWhatCameAfter) {
  for (int i = 0; i < 100; ++i) Put(absl::StrCat("before ", i));
  auto frozen = engine_->Freeze();
  ASSERT_THAT(frozen, IsOk());
  for (int i = 0; i < 100; ++i) Put(absl::StrCat("after ", i));

  const std::set<std::string> files = FilesIn((*frozen)->directory());
  {
    const auto copy = OpenReadOnlyEngine((*frozen)->directory());
    ASSERT_THAT(copy, IsOk());
    const auto rows = (*copy)->Scan(Table::kRecords, "", "", 1000);
    ASSERT_THAT(rows, IsOk());
    ASSERT_EQ(rows->size(), 100u);
    EXPECT_EQ((*rows)[0].key, "before 0");
    EXPECT_EQ((*rows)[0].row.revision, 7u);
    EXPECT_EQ((*copy)->Last(Table::kRecords)->value().key, "before 99");
  }
  EXPECT_EQ(FilesIn((*frozen)->directory()), files);  // reading made and changed nothing

  // It is a data directory of its own.
  std::filesystem::copy((*frozen)->directory(), directory_.File("other"));
  std::filesystem::permissions(directory_.File("other"), std::filesystem::perms::owner_all);
  RocksDbOptions options;
  options.path = directory_.File("other");
  const auto other = OpenRocksDbEngine(options);
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ((*other)->Get(Table::kRecords, "before 42")->value().value, "value of before 42");
  EXPECT_FALSE((*other)->Get(Table::kRecords, "after 42")->has_value());
}

// What was deleted would stay in them.
TEST_F(FrozenFilesTest, KeepAPurgeWaitingAndGoWhenTheyDie) {
  Put("row");
  auto frozen = engine_->Freeze();
  ASSERT_THAT(frozen, IsOk());
  const std::string where = (*frozen)->directory();
  EXPECT_THAT(engine_->Freeze(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(engine_->Purge(Table::kRecords), StatusIs(absl::StatusCode::kUnavailable));
  frozen->reset();
  EXPECT_FALSE(std::filesystem::exists(where));
  EXPECT_THAT(engine_->Purge(Table::kRecords), IsOk());
  EXPECT_THAT(engine_->Freeze(), IsOk());
}

TEST_F(FrozenFilesTest, LeftByAProcessThatEndedAreRemovedAtTheNextOpening) {
  engine_.reset();
  for (const char* const name : {"/FROZEN", "/FROZEN.tmp"}) {
    std::filesystem::create_directory(path_ + name);
    std::filesystem::copy_file(path_ + "/CURRENT", path_ + name + "/CURRENT");
  }
  Open();
  EXPECT_FALSE(std::filesystem::exists(path_ + "/FROZEN"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "/FROZEN.tmp"));
}

TEST_F(FrozenFilesTest, WhatIsNoDatabaseDoesNotOpenForReading) {
  EXPECT_THAT(OpenReadOnlyEngine(directory_.File("none")), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(std::filesystem::exists(directory_.File("none")));
}

}  // namespace
}  // namespace cardvault
