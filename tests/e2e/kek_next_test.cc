// The KEK of a running vault moves to another provider.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "card/test_pans.h"
#include "keys/testing/soft_hsm.h"
#include "tests/e2e/custody_fixture.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/production_vault.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kNextToken[] = "the next";

// An HSM with two tokens, and the PIN of both in a file. Before the vault that uses it.
class Hsm {
 protected:
  Hsm() {
    hsm_.MakeToken(kNextToken);
    WriteWholeFile(pins_.File("pin"), absl::StrCat(SoftHsm::kPin, "\n"));
  }
  // The section of a KEK in a token.
  std::string In(const std::string& token) const {
    return absl::StrCat("provider: pkcs11\n  module: ", SoftHsm::kModulePath,
                        "\n  token_label: ", token,
                        "\n  key_label: kek\n  pin_file: ", pins_.File("pin"));
  }

  SoftHsm hsm_;
  const TempDir pins_;
};

// What both kinds of tests ask of a vault.
class Vault {
 public:
  explicit Vault(VaultProcess& process) : process_(process) {}

  Finished Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", process_.WriteProfile()});
    return RunToEnd(words, process_.directory().File("cli.log"));
  }
  admin::v1::GetKeyStatusResponse Status() {
    Call call;
    admin::v1::GetKeyStatusResponse status;
    const auto keys = admin::v1::KeyService::NewStub(process_.AdminChannel(kOperatorUri));
    EXPECT_TRUE(keys->GetKeyStatus(call, {}, &status).ok());
    return status;
  }
  std::string Tokenize() {
    Call call;
    v1::TokenizeResponse tokenized;
    EXPECT_TRUE(
        process_.Ingest()
            ->Tokenize(call, TokenizeOf("next-1", std::string(kVisaTestPan), ""), &tokenized)
            .ok());
    return tokenized.token().token();
  }
  bool IsRead(const std::string& token) {
    v1::GetTokenRequest request;
    request.set_token(token);
    v1::GetTokenResponse got;
    Call call;
    return process_.Tokens()->GetToken(call, request, &got).ok();
  }
  // Started again with this configuration, after a SIGKILL.
  void RestartWith(const std::string& kek, const std::string& next) {
    if (process_.running()) process_.Kill();
    process_.WriteKeks(kek, next);
    ASSERT_TRUE(process_.Start()) << process_.output();
  }
  // The start with this configuration says so and is none.
  void ExpectNoStart(const std::string& kek, const std::string& next, const std::string& text) {
    if (process_.running()) process_.Kill();
    process_.WriteKeks(kek, next);
    const size_t before = process_.output().size();
    ASSERT_FALSE(process_.Start());
    const std::string said = process_.output().substr(before);
    EXPECT_TRUE(absl::StrContains(said, text)) << said;
  }
  // To `kek_next`, as the command does it; the check value of the KEK that wraps now.
  std::string Move() {
    const Finished moved = Run({"key", "rotate", "--purpose", "kek", "--to-next"});
    EXPECT_EQ(moved.exit_code, 0) << moved.output;
    EXPECT_TRUE(absl::StrContains(moved.output, "is purged")) << moved.output;
    return Status().kek_check_value();
  }
  Finished Destroy(const std::string& check_value) {
    return Run({"key", "destroy", "--purpose", "kek", "--check-value", check_value});
  }

 private:
  VaultProcess& process_;
};

class KekNextTest : public Hsm, public ::testing::Test {};

TEST_F(KekNextTest, FromOneTokenToAnother) {
  VaultProcess process(kDaemon, In(SoftHsm::kTokenLabel));
  Vault vault(process);
  ASSERT_TRUE(process.Start()) << process.output();
  const std::string token = vault.Tokenize();
  const std::string first = vault.Status().kek_check_value();
  const Finished unknown = vault.Run({"key", "rotate", "--purpose", "kek", "--to-next"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(unknown.output, "kek_next")) << unknown.output;

  vault.RestartWith(In(SoftHsm::kTokenLabel), In(kNextToken));
  const std::string moved = vault.Move();
  EXPECT_NE(moved, first);
  EXPECT_TRUE(vault.IsRead(token));
  const Finished again = vault.Run({"key", "rotate", "--purpose", "kek", "--to-next"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(again.output, "KEY_STATE")) << again.output;

  // Killed: the start finds it.
  vault.RestartWith(In(SoftHsm::kTokenLabel), In(kNextToken));
  EXPECT_EQ(vault.Status().kek_check_value(), moved);
  EXPECT_TRUE(vault.IsRead(token));
  vault.ExpectNoStart(In(SoftHsm::kTokenLabel), "", "no KEK of the configured label");

  // The KEK before is not said to be gone by a server that cannot look where it was.
  vault.RestartWith(In(kNextToken), "");
  const Finished hidden = vault.Destroy(first);
  EXPECT_EQ(hidden.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(hidden.output, "not where")) << hidden.output;
  vault.RestartWith(In(kNextToken), In(SoftHsm::kTokenLabel));
  const Finished destroyed = vault.Destroy(first);
  EXPECT_EQ(destroyed.exit_code, 0) << destroyed.output;
  vault.RestartWith(In(kNextToken), "");
  EXPECT_TRUE(vault.IsRead(token));
  const Finished inventory = vault.Run({"key", "inventory"});
  EXPECT_TRUE(absl::StrContains(inventory.output, "destroyed")) << inventory.output;
  EXPECT_EQ(process.Stop(), 0) << process.output();

  std::vector<std::string> told;
  for (const AuditEntry& entry : ReadAuditLog(process.data_directory())) {
    if (entry.leaf.action == AuditAction::kKekRotated ||
        entry.leaf.action == AuditAction::kKekDestructionBegun ||
        entry.leaf.action == AuditAction::kKekDestroyed) {
      told.push_back(entry.leaf.object);
    }
  }
  EXPECT_EQ(told, std::vector<std::string>({absl::StrCat("pkcs11 2 kcv ", moved),
                                            absl::StrCat("pkcs11 1 kcv ", first),
                                            absl::StrCat("pkcs11 1 kcv ", first)}));
}

TEST_F(KekNextTest, FromAFileToAnHsm) {
  VaultProcess process;
  Vault vault(process);
  vault.RestartWith(kFileKek, In(kNextToken));
  const std::string token = vault.Tokenize();
  const std::string first = vault.Status().kek_check_value();
  vault.Move();
  EXPECT_EQ(vault.Status().kek_provider(), "pkcs11");
  vault.ExpectNoStart(kFileKek, "", "`provider: pkcs11`");
  vault.RestartWith(kFileKek, In(kNextToken));
  EXPECT_TRUE(vault.IsRead(token));
  EXPECT_TRUE(std::filesystem::exists(process.directory().File("kek")));
  EXPECT_EQ(vault.Destroy(first).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(process.directory().File("kek")));
  vault.RestartWith(In(kNextToken), "");
  EXPECT_TRUE(vault.IsRead(token));
  EXPECT_EQ(process.Stop(), 0) << process.output();
}

class KekNextCustodyTest : public Hsm, public CustodyFixture {};

const CallResult kOk = {};

TEST_F(KekNextCustodyTest, FromCustodyToAnHsm) {
  vault_.WriteKeks("provider: custody", In(kNextToken));
  StartVault();
  UnsealFirst();
  Vault vault(vault_);
  const std::string token = vault.Tokenize();
  vault.Move();
  EXPECT_EQ(vault.Status().kek_provider(), "pkcs11");
  EXPECT_FALSE(Status().has_present());
  // Nobody's shares are wanted any more, also while it is sealed.
  ASSERT_EQ(Seal(), kOk);
  EXPECT_EQ(SubmitOwn("alice"), Refused(grpc::StatusCode::FAILED_PRECONDITION, "MODE"));
  vault.RestartWith("provider: custody", In(kNextToken));
  EXPECT_TRUE(vault.IsRead(token));
  vault.ExpectNoStart("provider: custody", "", "`provider: pkcs11`");
  vault.RestartWith(In(kNextToken), "");
  EXPECT_TRUE(vault.IsRead(token));
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

class KekNextIntoCustodyTest : public CustodyFixture {
 protected:
  KekNextIntoCustodyTest() : CustodyFixture(kFileKek) {}
};

TEST_F(KekNextIntoCustodyTest, FromAFileIntoCustody) {
  Vault vault(vault_);
  vault.RestartWith(kFileKek, "provider: custody");
  const std::string token = vault.Tokenize();
  const std::string first = vault.Status().kek_check_value();
  EXPECT_FALSE(Status().has_present());
  // Overtaken by another KEK: it would be of the same generation.
  const std::string overtaken = Propose(2, {"alice", "bob"});
  for (const char* name : {"alice", "bob"}) {
    ASSERT_EQ(Acknowledge(name, ProposedShare(name)), kOk);
  }
  EXPECT_EQ(vault.Run({"key", "rotate", "--purpose", "kek"}).exit_code, 0);
  EXPECT_EQ(Activate(overtaken), Refused(grpc::StatusCode::FAILED_PRECONDITION, "POLICY"));

  const std::string kek_id = Propose(2, {"alice", "bob"});
  const OpenedShare alice = ProposedShare("alice");
  const OpenedShare bob = ProposedShare("bob");
  EXPECT_EQ(Activate(kek_id), Refused(grpc::StatusCode::FAILED_PRECONDITION, "POLICY"));
  ASSERT_EQ(Acknowledge("alice", alice), kOk);
  ASSERT_EQ(Acknowledge("bob", bob), kOk);
  ASSERT_EQ(Activate(kek_id), kOk);
  EXPECT_EQ(Status().present().kek_id(), kek_id);
  EXPECT_EQ(vault.Status().kek_provider(), "custody");

  vault.ExpectNoStart(kFileKek, "", "`provider: custody`");
  vault.RestartWith(kFileKek, "provider: custody");
  EXPECT_TRUE(Status().sealed());
  ASSERT_EQ(Submit("alice", alice.bytes), kOk);
  ASSERT_EQ(Submit("bob", bob.bytes), kOk);
  EXPECT_TRUE(vault.IsRead(token));
  EXPECT_EQ(vault.Destroy(first).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(vault_.directory().File("kek")));
  vault.RestartWith("provider: custody", "");
  EXPECT_TRUE(Status().sealed());
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

// In production the section, the move and the end of the KEK before each take two people.
TEST(KekNextProductionTest, TwoPeopleMoveIt) {
  ProductionVault vault;
  vault.hsm().MakeToken(kNextToken);
  vault.Start();
  const std::string status = vault.Run("alice", {"key", "status"}).output;
  const std::string first = WordAfter(status, "KEK check value");
  ASSERT_EQ(first.size(), 6u) << status;
  vault.Stop();
  vault.ChangeConfig("retention_interval",
                     absl::StrCat("kek_next:\n  provider: pkcs11\n  module: ", SoftHsm::kModulePath,
                                  "\n  token_label: ", kNextToken,
                                  "\n  key_label: kek\n  pin_file: pin\nretention_interval"));
  vault.Start();
  const auto both = [&](std::vector<std::string> words) {
    const Finished proposed = vault.Run("alice", std::move(words));
    EXPECT_EQ(proposed.exit_code, 0) << proposed.output;
    const std::string id = WordAfter(proposed.output, "change approve ");
    const std::string shown = vault.Run("bob", {"change", "show", id}).output;
    const Finished approved = vault.Run(
        "bob", {"change", "approve", id, "--digest", WordAfter(proposed.output, "digest")});
    EXPECT_EQ(approved.exit_code, 0) << approved.output;
    return shown;
  };
  both({"config", "propose"});
  const absl::Time end = absl::Now() + absl::Seconds(60);
  while (vault.ServingState() == "sealed" && absl::Now() < end) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  const std::string shown = both({"key", "rotate", "--purpose", "kek", "--to-next"});
  EXPECT_TRUE(absl::StrContains(shown, "kek_next")) << shown;
  EXPECT_TRUE(absl::StrContains(shown, "kek/pkcs11")) << shown;
  both({"key", "destroy", "--purpose", "kek", "--check-value", first});
  vault.Restart();
  const std::string after = vault.Run("alice", {"key", "status"}).output;
  EXPECT_NE(WordAfter(after, "KEK check value"), first) << after;
  vault.Stop();
}

}  // namespace
}  // namespace cardvault::testing
