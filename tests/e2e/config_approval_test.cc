// The configuration and the trust anchors of a vault in production are those that two operators
// approved. Promise 7, P9.

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/sha256.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "tests/testing/production_vault.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/test_pki.h"

namespace cardvault::testing {
namespace {

using admin::v1::ChangeService;

class ConfigApprovalTest : public ::testing::Test {
 protected:
  void SetUp() override { vault_.Start(); }
  void TearDown() override {
    if (vault_.process().running()) {
      EXPECT_EQ(vault_.process().Stop(), 0) << vault_.process().output();
    }
  }

  void AwaitServing() {
    for (const absl::Time end = absl::Now() + absl::Seconds(30);
         vault_.ServingState() == "sealed" && absl::Now() < end;) {
      absl::SleepFor(absl::Milliseconds(50));
    }
    EXPECT_EQ(vault_.ServingState(), "serving");
  }

  ProductionVault vault_;
};

// P9
TEST_F(ConfigApprovalTest, AChangedConfigurationWaitsForTheSecondOperator) {
  EXPECT_EQ(vault_.ServingState(), "serving");
  vault_.Apply(ApplyRoles({kAlice, kBob}));
  vault_.ChangeConfig("drain_timeout: 10s", "drain_timeout: 11s");
  vault_.Restart();
  EXPECT_EQ(vault_.ServingState(), "config-unapproved");
  const auto reason_of_get = [&] {
    Call call;
    RawCall(*vault_.process().MerchantChannel(MerchantUri(kMerchant, "tokens")),
            "/cardvault.v1.TokenService/GetToken", call, "");
    return call.reason();
  };
  EXPECT_EQ(reason_of_get(), "CONFIG_UNAPPROVED");
  Call list;
  admin::v1::ListRoutesResponse routes;
  EXPECT_FALSE(vault_.process().System()->ListRoutes(list, {}, &routes).ok());
  EXPECT_EQ(list.reason(), "CONFIG_UNAPPROVED");

  // Whoever wrote the file could name a module of his own in it: the vault has no keys.
  Call status;
  admin::v1::GetKeyStatusResponse key_status;
  ASSERT_TRUE(admin::v1::KeyService::NewStub(vault_.process().AdminChannel(kAlice))
                  ->GetKeyStatus(status, {}, &key_status)
                  .ok());
  EXPECT_EQ(key_status.seal_state(), admin::v1::SEAL_STATE_SEALED);

  const Finished shown = vault_.Run("bob", {"config", "show"});
  EXPECT_NE(shown.output.find("cardvault.yaml: NOT APPROVED"), std::string::npos) << shown.output;
  const std::string digest =
      absl::BytesToHexString(Sha256(ReadWholeFile(vault_.process().config_path())));
  EXPECT_NE(shown.output.find(digest), std::string::npos) << shown.output;
  const Finished proposed = vault_.Run("alice", {"config", "propose"});
  EXPECT_EQ(proposed.exit_code, 0) << proposed.output;
  const std::string id = WordAfter(proposed.output, "change approve ");
  EXPECT_EQ(vault_.Approve(kAlice, id, vault_.Get(id).digest()).reason, "SELF_APPROVED");
  EXPECT_EQ(vault_.ServingState(), "config-unapproved");
  EXPECT_EQ(vault_.Approve(kBob, id, vault_.Get(id).digest()).change.state(),
            admin::v1::CHANGE_STATE_APPLIED);
  // The KEK was not touched before: it is opened now.
  AwaitServing();
  EXPECT_NE(reason_of_get(), "CONFIG_UNAPPROVED");
  vault_.Restart();
  EXPECT_EQ(vault_.ServingState(), "serving");

  // Approved before it is there: no restart in between waits for anybody.
  vault_.ChangeConfig("drain_timeout: 11s", "drain_timeout: 12s");
  const Finished ahead = vault_.Run(
      "alice", {"config", "propose", "--digest",
                absl::StrCat("cardvault.yaml=", absl::BytesToHexString(Sha256(ReadWholeFile(
                                                    vault_.process().config_path()))))});
  const std::string next = WordAfter(ahead.output, "change approve ");
  ASSERT_EQ(vault_.Approve(kBob, next, vault_.Get(next).digest()).change.state(),
            admin::v1::CHANGE_STATE_APPLIED);
  vault_.Restart();
  EXPECT_EQ(vault_.ServingState(), "serving");
}

// With a CA of his own in the place of the operators' somebody could be any two of them.
TEST_F(ConfigApprovalTest, AnotherTrustAnchorLetsNobodyInBeforeItIsApproved) {
  const TestPki intruder;
  WriteWholeFile(vault_.File("ca.pem"), intruder.ca_pem());
  vault_.Restart();
  const PemPair pair = intruder.Client(kAlice);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = vault_.process().pki().ca_pem();
  options.pem_cert_chain = pair.certificate;
  options.pem_private_key = pair.private_key;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel =
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", vault_.process().admin_port()),
                                grpc::SslCredentials(options), arguments);
  Call call;
  admin::v1::GetConfigurationResponse ignored;
  EXPECT_EQ(ChangeService::NewStub(channel)->GetConfiguration(call, {}, &ignored).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  // The operators are who they were, and see it.
  EXPECT_EQ(vault_.ServingState(), "config-unapproved");
  Call seen;
  admin::v1::GetConfigurationResponse configuration;
  ASSERT_TRUE(vault_.Changes(kBob)->GetConfiguration(seen, {}, &configuration).ok())
      << seen.reason();
  for (const admin::v1::FileDigest& file : configuration.found()) {
    if (file.name() == "cardvault.yaml") continue;
    EXPECT_EQ(file.sha256(), absl::BytesToHexString(Sha256(intruder.ca_pem()))) << file.name();
  }
}

TEST_F(ConfigApprovalTest, AVaultInProductionIsMadeWithTwoOperators) {
  vault_.Stop();
  vault_.ChangeConfig("data_directory: production", "data_directory: lonely");
  vault_.ChangeConfig("key_label: kek", "key_label: other");
  const Finished made = vault_.Init({kAlice});
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_NE(made.output.find("not two operators"), std::string::npos) << made.output;
  EXPECT_FALSE(std::filesystem::exists(vault_.File("lonely")));
}

}  // namespace
}  // namespace cardvault::testing
