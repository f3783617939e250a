#include "server/approved_config.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "audit/audit_leaf.h"
#include "base/sha256.h"
#include "base/testing/fake_clock.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

std::vector<ConfigFile> Files(const std::string& config, const std::string& anchor) {
  return {{"cardvault.yaml", Sha256(config), ""},
          {kMerchantAnchor, Sha256("merchants"), "merchants"},
          {kAdminAnchor, Sha256(anchor), anchor}};
}

admin::v1::ApproveConfigurationRequest Naming(const std::vector<ConfigFile>& files) {
  admin::v1::ApproveConfigurationRequest request;
  for (const ConfigFile& file : files) {
    admin::v1::FileDigest* digest = request.add_digests();
    digest->set_name(file.name);
    digest->set_sha256(absl::BytesToHexString(file.sha256));
  }
  return request;
}

class ApprovedConfigTest : public ::testing::Test {
 protected:
  ApprovedConfigTest() {
    keyring_.Set(MakeTestKeyring("vault-1"));
    pipeline_ = *CommitPipeline::Start(store_, keyring_, clock_, {});
    EXPECT_TRUE(
        pipeline_->SubmitAndWait(ApprovedConfig::First(Files("one", "operators"))).committed());
  }

  std::unique_ptr<ApprovedConfig> Start(const std::string& config, const std::string& anchor) {
    return *ApprovedConfig::Load(store_, *pipeline_, Files(config, anchor), VaultMode::kProduction);
  }
  absl::Status Approve(ApprovedConfig& config, const std::vector<ConfigFile>& files) {
    return config.Approve(Naming(files), AuditOrigin{"spiffe://test/operator/bob", "operator", ""});
  }
  std::vector<std::string> Unapproved() {
    std::vector<std::string> names;
    const auto rows = *store_.Scan(Table::kAuditLeaves, "", "", 1000);
    for (const KeyedRow& row : rows) {
      const AuditLeaf leaf = DecodeEntry(row.row.value)->leaf;
      if (leaf.action == AuditAction::kConfigUnapproved) names.push_back(leaf.object);
    }
    return names;
  }

  FakeEngine store_;
  FakeClock clock_;
  KeyringHolder keyring_;
  std::unique_ptr<CommitPipeline> pipeline_;
};

TEST_F(ApprovedConfigTest, WhatTheVaultWasMadeWithIsApproved) {
  const auto config = Start("one", "operators");
  EXPECT_TRUE(config->IsApproved());
  EXPECT_EQ(config->AnchorInForce(kAdminAnchor), "operators");
  EXPECT_EQ(config->AnchorInForce(kMerchantAnchor), "merchants");
  EXPECT_TRUE(Unapproved().empty());
}

// P9
TEST_F(ApprovedConfigTest, AnotherFileIsToldOfAndServesWhenItIsApproved) {
  const auto config = Start("two", "operators");
  EXPECT_FALSE(config->IsApproved());
  EXPECT_EQ(Unapproved(), std::vector<std::string>{"cardvault.yaml"});
  int told = 0;
  config->Observe([&] { ++told; });
  ASSERT_THAT(Approve(*config, Files("three", "operators")), IsOk());
  EXPECT_EQ(told, 0);
  EXPECT_FALSE(config->IsApproved());
  ASSERT_THAT(Approve(*config, Files("two", "operators")), IsOk());
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(config->IsApproved());
  // What is in force already opens nothing that was shut meanwhile.
  ASSERT_THAT(Approve(*config, Files("two", "operators")), IsOk());
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(Start("two", "operators")->IsApproved());
  EXPECT_FALSE(Start("one", "operators")->IsApproved());
}

// Who could put his own anchor there could be any two operators.
TEST_F(ApprovedConfigTest, AnUnapprovedAnchorIsNeverInForce) {
  const auto config = Start("one", "intruders");
  EXPECT_FALSE(config->IsApproved());
  EXPECT_EQ(config->AnchorInForce(kAdminAnchor), "operators");
  EXPECT_EQ(Start("one", "operators")->AnchorInForce(kAdminAnchor), "operators");
}

TEST_F(ApprovedConfigTest, AnAnchorApprovedBeforeItIsThereTakesOverWhenItIs) {
  auto config = Start("one", "operators");
  ASSERT_THAT(Approve(*config, Files("one", "successors")), IsOk());
  EXPECT_EQ(config->AnchorInForce(kAdminAnchor), "operators");
  EXPECT_EQ(Start("one", "operators")->AnchorInForce(kAdminAnchor), "operators");
  EXPECT_EQ(Start("one", "successors")->AnchorInForce(kAdminAnchor), "successors");
  // It does not fall back to the one before it.
  EXPECT_EQ(Start("one", "operators")->AnchorInForce(kAdminAnchor), "successors");
}

TEST_F(ApprovedConfigTest, ADigestForEachFileAndNoOther) {
  const auto config = Start("one", "operators");
  admin::v1::ApproveConfigurationRequest request = Naming(Files("two", "operators"));
  EXPECT_THAT(config->Check(request), IsOk());
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
  request.add_digests()->set_name("other");
  EXPECT_THAT(config->Check(request), refused);
  request.mutable_digests()->RemoveLast();
  request.mutable_digests(0)->set_name(kAdminAnchor);
  EXPECT_THAT(config->Check(request), refused);
  for (const char* digest : {"", "zz", "ABCDEF"}) {
    request = Naming(Files("two", "operators"));
    request.mutable_digests(1)->set_sha256(digest);
    EXPECT_THAT(config->Check(request), refused) << digest;
  }
}

TEST_F(ApprovedConfigTest, SandboxModeApprovesNothingAndTakesEverything) {
  const auto config =
      *ApprovedConfig::Load(store_, *pipeline_, Files("two", "others"), VaultMode::kSandbox);
  EXPECT_TRUE(config->IsApproved());
  EXPECT_EQ(config->AnchorInForce(kAdminAnchor), "others");
  EXPECT_THAT(config->Check(Naming(Files("two", "others"))),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMode));
}

TEST_F(ApprovedConfigTest, AVaultWithoutAnApprovedConfigurationIsDamaged) {
  FakeEngine empty;
  const auto pipeline = *CommitPipeline::Start(empty, keyring_, clock_, {});
  EXPECT_THAT(ApprovedConfig::Load(empty, *pipeline, Files("one", "a"), VaultMode::kProduction),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
