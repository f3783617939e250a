#include "vault/backup/backups.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "audit/action.h"
#include "base/testing/fake_clock.h"
#include "keys/keyring_holder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/backup/backup_place.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"
#include "vault/records/row_format.h"
#include "vault/vault_identity.h"

namespace cardvault {
namespace {

namespace fs = std::filesystem;
using storage::v1::BackupState;

// What the thread does by itself. Backups are made and verified in tests/e2e/backup_test.cc.
class BackupsTest : public testing::Test {
 protected:
  BackupsTest() {
    RocksDbOptions options;
    options.path = directory_.File("data");
    options.create_if_missing = true;
    engine_ = *OpenRocksDbEngine(options);
    pipeline_ = *CommitPipeline::Start(*engine_, keyring_, clock_, {});
    identity_ =
        *OpenVaultIdentity(*engine_, *pipeline_, clock_, VaultMode::kSandbox, BinLength::kSix);
    checkpointer_ = std::make_unique<Checkpointer>(*pipeline_, keyring_, clock_, sinks_,
                                                   Checkpointer::Options{.origin = "log"});
    fs::create_directory(place_);
    Backups::Options backups;
    backups.directory = place_;
    backups.keep = 3;
    backups.expire_after = absl::Hours(24 * 30);
    backups_ =
        std::make_unique<Backups>(BackupSource{*engine_, keyring_, *checkpointer_, *identity_},
                                  *pipeline_, clock_, std::move(backups));
    EXPECT_THAT(BackupPlace::Open(place_, identity_->vault_id.value(), /*may_make=*/true), IsOk());
  }

  // One that was made so long ago, with a file of it.
  std::string Add(absl::Duration age, BackupState state = storage::v1::BACKUP_STATE_WHOLE) {
    const absl::Time time = clock_.Now() - age;
    const std::string id = NewBackupId(time);
    storage::v1::BackupRow row;
    row.set_create_micros(absl::ToUnixMicros(time));
    row.set_state(state);
    WriteSet set;
    set.puts.push_back({Table::kPolicy, BackupRowKey(id), EncodeRow(row)});
    AuditLeaf leaf{AuditAction::kBackupCreated};
    leaf.origin.principal = "test";
    leaf.object = id;
    set.leaves.push_back(std::move(leaf));
    EXPECT_TRUE(pipeline_->SubmitAndWait(std::move(set)).committed());
    fs::create_directories(place_ + "/" + id + "/data");
    fs::copy_file(directory_.File("data") + "/CURRENT", place_ + "/" + id + "/data/CURRENT");
    return id;
  }

  bool IsThere(const std::string& id) {
    return FindBackup(*engine_, id)->has_value() && fs::exists(place_ + "/" + id);
  }
  bool IsGone(const std::string& id) {
    return !FindBackup(*engine_, id)->has_value() && !fs::exists(place_ + "/" + id);
  }

  // How often the log tells that of a backup.
  int Told(AuditAction action, const std::string& id) {
    int count = 0;
    const std::vector<KeyedRow> rows = *engine_->Scan(Table::kAuditLeaves, "", "", 1000);
    for (const KeyedRow& row : rows) {
      const AuditEntry entry = *EntryOf(row);
      if (entry.leaf.action == action && entry.leaf.object == id) ++count;
    }
    return count;
  }

  TempDir directory_;
  const std::string place_ = directory_.File("backups");
  FakeClock clock_;
  KeyringHolder keyring_;
  std::vector<std::unique_ptr<SinkWriter>> sinks_;
  std::unique_ptr<RocksDbEngine> engine_;
  std::unique_ptr<CommitPipeline> pipeline_;
  std::optional<VaultIdentity> identity_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<Backups> backups_;
};

// S1: what was deleted from the store leaves its backups in time.
TEST_F(BackupsTest, OldOnesAndThoseBeyondTheNewestAreDeleted) {
  const std::string expired = Add(absl::Hours(24 * 30));
  const std::string beyond = Add(absl::Hours(24 * 29));
  const std::vector<std::string> kept = {Add(absl::Hours(3)), Add(absl::Hours(2)),
                                         Add(absl::Hours(1))};
  backups_->Sweep();
  EXPECT_TRUE(IsGone(expired));
  EXPECT_TRUE(IsGone(beyond));
  for (const std::string& id : kept) EXPECT_TRUE(IsThere(id)) << id;
  for (const std::string& id : {expired, beyond}) {
    EXPECT_EQ(Told(AuditAction::kBackupExpired, id), 1);
    EXPECT_EQ(Told(AuditAction::kBackupRemoved, id), 1);
  }
  clock_.Advance(absl::Hours(24 * 30));
  backups_->Sweep();
  for (const std::string& id : kept) EXPECT_TRUE(IsGone(id)) << id;
}

TEST_F(BackupsTest, WhatAProcessLeftUnfinishedIsEnded) {
  const std::string making = Add(absl::Hours(1), storage::v1::BACKUP_STATE_MAKING);
  const std::string deleting = Add(absl::Hours(1), storage::v1::BACKUP_STATE_DELETING);
  fs::rename(place_ + "/" + making, place_ + "/" + BackupPlace::UnfinishedName(making));
  backups_->Sweep();
  EXPECT_TRUE(IsGone(making));
  EXPECT_FALSE(fs::exists(place_ + "/" + BackupPlace::UnfinishedName(making)));
  EXPECT_EQ(Told(AuditAction::kBackupFailed, making), 1);
  EXPECT_TRUE(IsGone(deleting));
  EXPECT_EQ(Told(AuditAction::kBackupRemoved, deleting), 1);
}

// A store that was restored says of the backup that it was made of that it is being made.
TEST_F(BackupsTest, WhatHasItsNameIsNotTakenForUnfinished) {
  const std::string left = Add(absl::Hours(1), storage::v1::BACKUP_STATE_MAKING);
  backups_->Sweep();
  EXPECT_TRUE(IsThere(left));
  EXPECT_EQ(Told(AuditAction::kBackupFailed, left), 0);
  EXPECT_THAT(backups_->Delete(AuditOrigin{"test", "operator", ""}, left), IsOk());
  EXPECT_TRUE(IsGone(left));
  EXPECT_EQ(Told(AuditAction::kBackupDeleted, left), 1);
}

// An empty mount point does not show that the backups are gone.
TEST_F(BackupsTest, OnesThatCannotBeReachedStayListed) {
  const std::string expired = Add(absl::Hours(24 * 31));
  fs::rename(place_, place_ + ".away");
  fs::create_directory(place_);
  backups_->Sweep();
  EXPECT_THAT(backups_->Unlisted(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(fs::is_empty(place_));
  backups_->Sweep();
  EXPECT_TRUE(FindBackup(*engine_, expired)->has_value());
  EXPECT_EQ(Told(AuditAction::kBackupExpired, expired), 0);
  EXPECT_THAT(backups_->Delete(AuditOrigin{"test", "operator", ""}, expired),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  fs::remove_all(place_);
  fs::rename(place_ + ".away", place_);
  backups_->Sweep();
  EXPECT_TRUE(IsGone(expired));
}

TEST_F(BackupsTest, OnesThatAreNotListedAreNamedAndLeftAlone) {
  const std::string id = "20200101T000000Z-abcdefgh";
  fs::create_directory(place_ + "/" + id);
  backups_->Sweep();
  const auto unlisted = backups_->Unlisted();
  ASSERT_THAT(unlisted, IsOk());
  EXPECT_EQ(*unlisted, std::vector<std::string>{id});
  EXPECT_TRUE(fs::exists(place_ + "/" + id));
}

TEST_F(BackupsTest, WithoutKeysNoneIsBegun) {
  EXPECT_THAT(backups_->Create(AuditOrigin{"test", "operator", ""}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(backups_->List()->empty());
}

}  // namespace
}  // namespace cardvault
