#include "vault/vault_identity.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "cardvault/storage/v1/policy_rows.pb.h"
#include "gtest/gtest.h"
#include "keys/keyring_holder.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/failing_engine.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

class VaultIdentityTest : public ::testing::Test {
 protected:
  VaultIdentityTest() : pipeline_(*CommitPipeline::Start(engine_, keyring_, clock_, {})) {}

  absl::StatusOr<VaultIdentity> Open(VaultMode mode = VaultMode::kSandbox,
                                     BinLength bin_length = BinLength::kSix) {
    return OpenVaultIdentity(engine_, *pipeline_, clock_, mode, bin_length);
  }

  FakeEngine engine_;
  KeyringHolder keyring_;
  FakeClock clock_;
  const std::unique_ptr<CommitPipeline> pipeline_;
};

TEST_F(VaultIdentityTest, ANewStoreHasNone) {
  const absl::StatusOr<std::optional<VaultIdentity>> identity = ReadVaultIdentity(engine_);
  ASSERT_THAT(identity, IsOk());
  EXPECT_FALSE(identity->has_value());
}

TEST_F(VaultIdentityTest, IsMadeOnceAndThenStays) {
  const absl::StatusOr<VaultIdentity> made = Open(VaultMode::kProduction, BinLength::kEight);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->mode, VaultMode::kProduction);
  EXPECT_EQ(made->bin_length, BinLength::kEight);
  EXPECT_EQ(made->create_time, clock_.Now());
  EXPECT_TRUE(absl::StartsWith(made->vault_id.value(), "vault-"));
  EXPECT_EQ(made->vault_id.value().size(), 38u);

  clock_.Advance(absl::Hours(1));
  const absl::StatusOr<VaultIdentity> found = Open(VaultMode::kProduction, BinLength::kEight);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->vault_id, made->vault_id);
  EXPECT_EQ(found->create_time, made->create_time);
}

TEST_F(VaultIdentityTest, MakingItIsAudited) {
  const absl::StatusOr<VaultIdentity> made = Open();
  ASSERT_THAT(made, IsOk());
  ASSERT_EQ(pipeline_->audit_entry_count(), 1u);
  const absl::StatusOr<AuditEntry> entry =
      DecodeEntry((*engine_.Get(Table::kAuditLeaves, BigEndian64(0)))->value);
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->leaf.action, AuditAction::kVaultCreated);
  EXPECT_EQ(entry->leaf.object, made->vault_id.value());
}

TEST_F(VaultIdentityTest, TwoVaultsHaveTwoIds) {
  FakeEngine other_engine;
  const std::unique_ptr<CommitPipeline> other =
      *CommitPipeline::Start(other_engine, keyring_, clock_, {});
  EXPECT_NE(Open()->vault_id,
            OpenVaultIdentity(other_engine, *other, clock_, VaultMode::kSandbox, BinLength::kSix)
                ->vault_id);
}

// K2, P3: test data under production keys, or the reverse, is refused.
TEST_F(VaultIdentityTest, ASandboxVaultIsRefusedByProduction) {
  ASSERT_THAT(Open(VaultMode::kSandbox), IsOk());
  const absl::Status status = Open(VaultMode::kProduction).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMode));
  EXPECT_TRUE(absl::StrContains(std::string(status.message()), "sandbox vault"));
}

TEST_F(VaultIdentityTest, AProductionVaultIsRefusedByTheSandbox) {
  ASSERT_THAT(Open(VaultMode::kProduction), IsOk());
  const absl::Status status = Open(VaultMode::kSandbox).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMode));
  EXPECT_TRUE(absl::StrContains(std::string(status.message()), "production vault"));
}

// S5: one truncation format for the whole life of a vault.
TEST_F(VaultIdentityTest, AnotherBinLengthIsRefused) {
  ASSERT_THAT(Open(VaultMode::kSandbox, BinLength::kSix), IsOk());
  EXPECT_THAT(Open(VaultMode::kSandbox, BinLength::kEight),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Open(VaultMode::kSandbox, BinLength::kSix), IsOk());
}

TEST_F(VaultIdentityTest, CreateRefusesASecondIdentity) {
  ASSERT_THAT(Open(), IsOk());
  EXPECT_THAT(CreateVaultIdentity(*pipeline_, clock_, VaultMode::kSandbox, BinLength::kSix),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(pipeline_->audit_entry_count(), 1u);
}

TEST_F(VaultIdentityTest, ADamagedRowIsDataLoss) {
  storage::v1::VaultIdentity good;
  good.set_format_version(1);
  good.set_vault_id("vault-a");
  good.set_mode(1);
  good.set_bin_length(6);
  const auto read = [this](const storage::v1::VaultIdentity& row) {
    engine_.Plant(Table::kMeta, "vault", row.SerializeAsString(), 0);
    return ReadVaultIdentity(engine_).status();
  };
  const auto data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  EXPECT_THAT(read(good), IsOk());
  storage::v1::VaultIdentity bad = good;
  bad.set_format_version(2);
  EXPECT_THAT(read(bad), data_loss);
  bad = good;
  bad.set_mode(3);
  EXPECT_THAT(read(bad), data_loss);
  bad = good;
  bad.set_bin_length(7);
  EXPECT_THAT(read(bad), data_loss);
  bad = good;
  bad.set_vault_id("no id");
  EXPECT_THAT(read(bad), data_loss);
  engine_.Plant(Table::kMeta, "vault", "\xff\xff", 0);
  EXPECT_THAT(ReadVaultIdentity(engine_), data_loss);
}

TEST_F(VaultIdentityTest, AMediumThatFailsIsAnsweredAsSuch) {
  FailingEngine failing(Unavailable(ErrorReason::kUnspecified, "as the test says"));
  EXPECT_THAT(ReadVaultIdentity(failing), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace cardvault
