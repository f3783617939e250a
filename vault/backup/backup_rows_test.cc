#include "vault/backup/backup_rows.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

class BackupRowsTest : public testing::Test {
 protected:
  void Add(const std::string& id, absl::Time create_time, const std::string& check_value) {
    storage::v1::BackupRow row;
    row.set_create_micros(absl::ToUnixMicros(create_time));
    row.set_kek_check_value(check_value);
    engine_.Plant(Table::kPolicy, absl::StrCat("backup/", id), EncodeRow(row), 1);
  }

  FakeEngine engine_;
  const absl::Time now_ = absl::FromUnixSeconds(1800000000);
};

// K6: a backup that was made before the key cannot hold it, one that was made after can.
TEST_F(BackupRowsTest, CountsThoseThatMayHoldAKeyAndThoseThatNeedAKek) {
  EXPECT_EQ(BackupsSince(engine_, now_)->size(), 0u);
  EXPECT_EQ(*CountBackupsUnder(engine_, "0a0b0c"), 0u);
  for (int i = 0; i < 600; ++i) Add(absl::StrCat(i), now_ + absl::Seconds(i), "0a0b0c");
  Add("earlier", now_ - absl::Seconds(1), "0d0e0f");
  engine_.Plant(Table::kPolicy, "route/backup", "another kind of row", 1);
  EXPECT_EQ(BackupsSince(engine_, now_)->size(), 600u);
  EXPECT_EQ(BackupsSince(engine_, now_ + absl::Seconds(1))->size(), 599u);
  EXPECT_EQ(*CountBackupsUnder(engine_, "0a0b0c"), 600u);
  EXPECT_EQ(*CountBackupsUnder(engine_, "0d0e0f"), 1u);
  EXPECT_EQ(ListBackups(engine_)->size(), 601u);
  EXPECT_EQ((*FindBackup(engine_, "earlier"))->create_time(), now_ - absl::Seconds(1));
  EXPECT_FALSE(FindBackup(engine_, "earlie")->has_value());
}

// Nobody knows what it holds back.
TEST_F(BackupRowsTest, ARowThatDoesNotParseIsDataLoss) {
  engine_.Plant(Table::kPolicy, "backup/x", "\xff", 1);
  EXPECT_THAT(BackupsSince(engine_, now_), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(CountBackupsUnder(engine_, "0a0b0c"), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
