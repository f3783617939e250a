// Starting and stopping: every mistake is told as what, where and how to mend it.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/sha256.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

class StartUpTest : public ::testing::Test {
 protected:
  // Starts and expects a refusal whose text holds all of these.
  void ExpectRefused(std::initializer_list<std::string> texts) {
    const size_t before = vault_.output().size();
    ASSERT_FALSE(vault_.Start());
    const std::string said = vault_.output().substr(before);
    EXPECT_NE(said.find("cannot start"), std::string::npos) << said;
    for (const std::string& text : texts) EXPECT_NE(said.find(text), std::string::npos) << said;
  }

  void ChangeConfig(const std::string& from, const std::string& to) {
    const std::string text = ReadWholeFile(vault_.config_path());
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    ASSERT_NE(text, changed);
    WriteWholeFile(vault_.config_path(), changed);
  }

  std::string File(const std::string& name) { return vault_.directory().File(name); }

  VaultProcess vault_;
};

TEST_F(StartUpTest, ServesAndStopsInOrder) {
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
  const auto log = ReadAuditLog(vault_.data_directory());
  EXPECT_EQ(log.back().leaf.action, AuditAction::kLogStopped);
  int started = 0;
  for (const AuditEntry& entry : log) {
    started += entry.leaf.action == AuditAction::kLogStarted ? 1 : 0;
  }
  EXPECT_EQ(started, 1);
}

// P9
TEST_F(StartUpTest, SaysWhatItIsMadeOf) {
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  WriteWholeFile(vault_.config_path(), ReadWholeFile(vault_.config_path()) + "# another\n");
  const auto measured = [&](const char* name, const std::string& path) {
    return absl::StrCat(name, " ", absl::BytesToHexString(Sha256(ReadWholeFile(path))));
  };
  const std::vector<std::string> expected = {
      measured("cardvaultd", kDaemon), measured("cardvault.yaml", vault_.config_path()),
      measured("merchant_listener.client_ca", File("ca.pem")),
      measured("admin_listener.client_ca", File("ca.pem"))};
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const auto log = ReadAuditLog(vault_.data_directory());
  std::vector<std::string> found;
  for (const AuditEntry& entry : log) {
    if (entry.leaf.action == AuditAction::kLogStarted) found.clear();
    if (entry.leaf.action != AuditAction::kStartMeasured) continue;
    EXPECT_EQ(entry.leaf.origin.principal, "cardvaultd");
    found.push_back(entry.leaf.object);
  }
  EXPECT_EQ(found, expected);
}

TEST_F(StartUpTest, ACrashIsAStartWithoutAStop) {
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  vault_.Kill();
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  std::string runs;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.action == AuditAction::kLogStarted) runs += "start ";
    if (entry.leaf.action == AuditAction::kLogStopped) runs += "stop ";
  }
  EXPECT_EQ(runs, "start start stop ");
}

TEST_F(StartUpTest, TakenPortIsNamed) {
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  VaultProcess other;
  const std::string taken = absl::StrCat("127.0.0.1:", vault_.merchant_port());
  const std::string text = ReadWholeFile(other.config_path());
  WriteWholeFile(other.config_path(),
                 absl::StrReplaceAll(text, {{"merchant_listener:\n  address: 127.0.0.1:0",
                                             "merchant_listener:\n  address: " + taken}}));
  EXPECT_FALSE(other.Start());
  EXPECT_NE(other.output().find("the port is taken"), std::string::npos) << other.output();
  EXPECT_NE(other.output().find(taken), std::string::npos) << other.output();
  // It was no crash.
  EXPECT_EQ(ReadAuditLog(other.data_directory()).back().leaf.action, AuditAction::kLogStopped);
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(StartUpTest, SecondServerOnOneDirectoryIsRefused) {
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  const Finished second =
      RunToEnd({"server/cardvaultd", "--config", vault_.config_path()}, File("second.log"));
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.output.find("another process"), std::string::npos) << second.output;
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(StartUpTest, MissingCertificateIsNamed) {
  unlink(File("server.pem").c_str());
  ExpectRefused({"there is no such file", File("server.pem"), "mend:"});
}

TEST_F(StartUpTest, PrivateKeyForOthersEyesIsRefused) {
  ASSERT_EQ(chmod(File("server.key").c_str(), 0644), 0);
  ExpectRefused({"others than its owner", File("server.key"), "chmod 600"});
}

TEST_F(StartUpTest, KeyOfAnotherCertificateIsRefused) {
  WriteWholeFile(File("server.key"), vault_.pki().Server().private_key);
  ExpectRefused({"is not the key of the certificate"});
}

TEST_F(StartUpTest, AnotherVaultsKekIsRefused) {
  VaultProcess other;
  WriteWholeFile(File("kek"), ReadWholeFile(other.directory().File("kek")));
  ExpectRefused({"KEK", File("kek")});
}

TEST_F(StartUpTest, KekForOthersEyesIsRefused) {
  ASSERT_EQ(chmod(File("kek").c_str(), 0640), 0);
  ExpectRefused({"mend:"});
}

TEST_F(StartUpTest, DirectoryWithoutAVaultIsRefusedAndNotMade) {
  ChangeConfig("data_directory: data", "data_directory: elsewhere");
  ExpectRefused({"key init"});
  EXPECT_FALSE(std::filesystem::exists(File("elsewhere")));
}

TEST_F(StartUpTest, AnotherBinLengthIsRefused) {
  ChangeConfig("mode: sandbox", "mode: sandbox\nbin_length: 8");
  ExpectRefused({"BIN"});
}

TEST_F(StartUpTest, ConfigurationMistakesAreNamedWithLineAndKey) {
  ChangeConfig("mode: sandbox", "mode: sandbox\nmode_of_day: night");
  const Finished checked = RunToEnd(
      {"server/cardvaultd", "--config", vault_.config_path(), "--check-config"}, File("check.log"));
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_NE(checked.output.find(vault_.config_path() + ":2: mode_of_day: unknown key"),
            std::string::npos)
      << checked.output;
}

// A first try that was cut short, wherever it was, is finished by the second.
TEST_F(StartUpTest, InitGoesOnWhereItWasKilled) {
  const std::vector<std::string> init = {
      "server/cardvaultd", "--config", vault_.config_path(), "--init", "--operator", kOperatorUri};
  int finished_by_second = 0;
  bool killed = true;
  for (int delay = 0; killed; delay += 2 + delay / 6) {
    ASSERT_LT(delay, 30'000);
    std::filesystem::remove_all(vault_.data_directory());
    std::filesystem::remove(File("kek"));
    std::filesystem::remove(File("checkpoints"));
    ChildProcess first(init, File("first.log"));
    absl::SleepFor(absl::Milliseconds(delay));
    first.Signal(SIGKILL);
    killed = first.Wait() != 0;
    const Finished second = RunToEnd(init, File("second.log"));
    if (second.exit_code == 0) {
      ++finished_by_second;
    } else {
      EXPECT_NE(second.output.find("there is a vault"), std::string::npos) << second.output;
    }
    ASSERT_TRUE(vault_.Start()) << "after " << delay << " ms: " << vault_.output();
    EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
  }
  EXPECT_GT(finished_by_second, 0);
}

TEST_F(StartUpTest, InitRefusesADirectoryThatHasAVault) {
  const Finished again = RunToEnd(
      {"server/cardvaultd", "--config", vault_.config_path(), "--init", "--operator", kOperatorUri},
      File("again.log"));
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_NE(again.output.find("there is a vault"), std::string::npos) << again.output;
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

}  // namespace
}  // namespace cardvault::testing
