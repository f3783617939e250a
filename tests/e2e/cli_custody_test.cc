// The command line of custodians and of who seals: files, keys with a passphrase, and what is
// shown.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kPassphrase[] = "correct horse battery staple";

class CliCustodyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    const PemPair alice = vault_.pki().Client(kOperatorUri);
    WriteWholeFile(File("op.pem"), alice.certificate);
    WriteWholeFile(File("op.key"), alice.private_key);
  }

  std::string File(const std::string& name) const { return vault_.directory().File(name); }
  Finished Run(const std::string& name, std::vector<std::string> words,
               const std::map<int, std::string>& descriptors = {}) const {
    const bool is_operator = name == "op";
    WriteWholeFile(File(name + ".yaml"),
                   absl::StrCat("admin_server: 127.0.0.1:", vault_.admin_port(),
                                "\nserver_name: localhost\nca: ca.pem\nidentities:\n  ",
                                is_operator ? "operator" : "custodian", ": {certificate: ", name,
                                ".pem, private_key: ", name, ".key}\n"));
    words.insert(words.begin(), {"cli/cardvault", "--profile", File(name + ".yaml")});
    return RunToEnd(words, File("cli.log"), descriptors);
  }
  std::vector<std::string> WithShare(std::vector<std::string> words,
                                     const std::string& name) const {
    words.insert(words.end(), {"--share", vault_.share_path(name), "--key", File(name + ".key")});
    return words;
  }
  Finished Acknowledge(const std::string& name) const {
    return Run(name, WithShare({"custodian", "acknowledge", "--accept"}, name));
  }
  Finished Unseal(const std::string& name) const {
    return Run(name, WithShare({"key", "unseal"}, name));
  }

  VaultProcess vault_{2, {"alice", "bob", "carol"}};
};

bool Has(const Finished& finished, const std::string& text) {
  return finished.output.find(text) != std::string::npos;
}

TEST_F(CliCustodyTest, CustodiansUnsealAndAnOperatorSeals) {
  const Finished duties = Run("alice", WithShare({"custodian", "acknowledge"}, "alice"));
  EXPECT_EQ(duties.exit_code, 2);
  EXPECT_TRUE(Has(duties, "keep my share")) << duties.output;
  for (const char* name : {"alice", "bob"}) {
    const Finished acknowledged = Acknowledge(name);
    EXPECT_EQ(acknowledged.exit_code, 0) << acknowledged.output;
  }
  const Finished first = Unseal("alice");
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_TRUE(Has(first, "1 of 2")) << first.output;
  const Finished listed = Run("carol", {"custodian", "list"});
  EXPECT_TRUE(Has(listed, "sealed: 1 of 2 shares are here")) << listed.output;
  const Finished second = Unseal("bob");
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_TRUE(Has(second, "unsealed")) << second.output;
  const Finished sealed = Run("op", {"key", "seal"});
  EXPECT_EQ(sealed.exit_code, 0) << sealed.output;
  const Finished status = Run("op", {"key", "status"});
  EXPECT_TRUE(Has(status, "SEALED")) << status.output;
  EXPECT_TRUE(Has(status, "custody")) << status.output;
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(CliCustodyTest, WhatCannotBeRightDoesNotLeaveTheMachine) {
  ASSERT_EQ(Acknowledge("alice").exit_code, 0);
  // Bob's share with Alice's key, and Alice's with Bob's.
  const Finished key = Run(
      "alice", {"key", "unseal", "--share", vault_.share_path("bob"), "--key", File("alice.key")});
  EXPECT_EQ(key.exit_code, 2) << key.output;
  EXPECT_TRUE(Has(key, vault_.share_path("bob"))) << key.output;
  // Alice's own, under Bob's name.
  const Finished name = Run(
      "bob", {"key", "unseal", "--share", vault_.share_path("alice"), "--key", File("alice.key")});
  EXPECT_EQ(name.exit_code, 1);
  EXPECT_TRUE(Has(name, "alice's")) << name.output;
  // A share of another vault.
  const VaultProcess other(2, {"alice", "bob"});
  const Finished vault = Run("alice", {"key", "unseal", "--share", other.share_path("alice"),
                                       "--key", other.directory().File("alice.key")});
  EXPECT_EQ(vault.exit_code, 1);
  EXPECT_TRUE(Has(vault, "another vault")) << vault.output;
  // A key that others can read.
  ASSERT_EQ(chmod(File("alice.key").c_str(), 0644), 0);
  const Finished open = Unseal("alice");
  EXPECT_EQ(open.exit_code, 2);
  EXPECT_TRUE(Has(open, "chmod 600")) << open.output;
  ASSERT_EQ(chmod(File("alice.key").c_str(), 0600), 0);
  EXPECT_EQ(Unseal("alice").exit_code, 0);
  EXPECT_EQ(Unseal("alice").exit_code, 1);  // here already
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(CliCustodyTest, APrivateKeyWithAPassphrase) {
  const Finished locked =
      RunToEnd({"/usr/bin/openssl", "pkcs8", "-topk8", "-in", File("alice.key"), "-out",
                File("locked.key"), "-v2", "aes-256-cbc", "-passout", "fd:7"},
               File("openssl.log"), {{7, absl::StrCat(kPassphrase, "\n")}});
  ASSERT_EQ(locked.exit_code, 0) << locked.output;
  ASSERT_EQ(chmod(File("locked.key").c_str(), 0600), 0);
  const std::vector<std::string> words = {
      "custodian", "acknowledge",      "--accept",        "--share", vault_.share_path("alice"),
      "--key",     File("locked.key"), "--passphrase-fd", "7"};
  const Finished wrong = Run("alice", words, {{7, "incorrect\n"}});
  EXPECT_EQ(wrong.exit_code, 2) << wrong.output;
  EXPECT_TRUE(Has(wrong, File("locked.key"))) << wrong.output;
  const Finished right = Run("alice", words, {{7, absl::StrCat(kPassphrase, "\n")}});
  EXPECT_EQ(right.exit_code, 0) << right.output;
  EXPECT_FALSE(Has(right, kPassphrase));
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

// As docs/playbooks/custodian-replaced.md says.
TEST_F(CliCustodyTest, ACustodianIsReplaced) {
  for (const char* name : {"alice", "bob"}) {
    ASSERT_EQ(Acknowledge(name).exit_code, 0);
    ASSERT_EQ(Unseal(name).exit_code, 0);
  }
  const std::string dave = vault_.AddCustodian("dave");
  vault_.GrantRoles();
  const std::vector<std::string> everybody = {"--custodian", vault_.AddCustodian("alice"),
                                              "--custodian", vault_.AddCustodian("bob"),
                                              "--custodian", dave};
  std::vector<std::string> add = {"custodian", "add"};
  add.insert(add.end(), everybody.begin(), everybody.end());
  const Finished left_out = Run("op", add);
  EXPECT_EQ(left_out.exit_code, 2);
  EXPECT_TRUE(Has(left_out, CustodianUri("carol"))) << left_out.output;
  std::vector<std::string> replace = {"custodian", "replace", "--threshold", "2"};
  replace.insert(replace.end(), everybody.begin(), everybody.end());
  const Finished proposed = Run("op", replace);
  ASSERT_EQ(proposed.exit_code, 0) << proposed.output;
  const size_t at = proposed.output.find("KEK ");
  ASSERT_NE(at, std::string::npos) << proposed.output;
  const std::string kek_id = proposed.output.substr(at + 4, 32);

  const Finished early = Run("op", {"custodian", "activate", kek_id});
  EXPECT_EQ(early.exit_code, 1) << early.output;
  for (const std::string name : {"alice", "bob", "dave"}) {
    const std::string share = File(name + "-new.share");
    const Finished fetched = Run(name, {"custodian", "fetch", "--out", share});
    ASSERT_EQ(fetched.exit_code, 0) << fetched.output;
    EXPECT_EQ(std::filesystem::status(share).permissions(), std::filesystem::perms(0600));
    EXPECT_EQ(Run(name, {"custodian", "fetch", "--out", share}).exit_code, 1);  // not over it
    const Finished acknowledged = Run(name, {"custodian", "acknowledge", "--accept", "--share",
                                             share, "--key", File(name + ".key")});
    ASSERT_EQ(acknowledged.exit_code, 0) << acknowledged.output;
  }
  const Finished activated = Run("op", {"custodian", "activate", kek_id});
  ASSERT_EQ(activated.exit_code, 0) << activated.output;
  const Finished late = Run("op", {"custodian", "withdraw", kek_id});
  EXPECT_EQ(late.exit_code, 1);
  EXPECT_TRUE(Has(late, "in force")) << late.output;
  const Finished again = Run("op", replace);
  const std::string other = again.output.substr(again.output.find("KEK ") + 4, 32);
  const Finished withdrawn = Run("op", {"custodian", "withdraw", other});
  EXPECT_EQ(withdrawn.exit_code, 0) << withdrawn.output;
  EXPECT_TRUE(Has(withdrawn, other)) << withdrawn.output;
  ASSERT_EQ(Run("op", {"key", "seal"}).exit_code, 0);
  const Finished old_share = Unseal("alice");
  EXPECT_EQ(old_share.exit_code, 1);
  EXPECT_TRUE(Has(old_share, "another key")) << old_share.output;
  for (const std::string name : {"dave", "bob"}) {
    const Finished unsealed = Run(name, {"key", "unseal", "--share", File(name + "-new.share"),
                                         "--key", File(name + ".key")});
    EXPECT_EQ(unsealed.exit_code, 0) << unsealed.output;
  }
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

}  // namespace
}  // namespace cardvault::testing
