// A vault whose KEK is in an HSM, from `key init` on.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "card/test_pans.h"
#include "keys/testing/soft_hsm.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

// While it stands the HSM answers nobody: SoftHSM waits for the locks of its token's files, which
// this process has.
class HangingHsm final {
 public:
  explicit HangingHsm(const std::string& directory) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) continue;
      const int fd = open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
      CV_CHECK(fd >= 0);
      struct flock lock {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      CV_CHECK(fcntl(fd, F_SETLK, &lock) == 0);
      fds_.push_back(fd);
    }
  }
  HangingHsm(const HangingHsm&) = delete;
  ~HangingHsm() {
    for (const int fd : fds_) close(fd);
  }

 private:
  std::vector<int> fds_;
};

class HsmTest : public ::testing::Test {
 protected:
  HsmTest() {
    WriteWholeFile(File("pin"), absl::StrCat(SoftHsm::kPin, "\n"));
    ChangeConfig("  provider: file\n  path: kek\n",
                 absl::StrCat("  provider: pkcs11\n  module: ", SoftHsm::kModulePath,
                              "\n  token_label: ", SoftHsm::kTokenLabel,
                              "\n  key_label: kek\n  pin_file: pin\n"));
    // Beside the vault that the fixture has made.
    ChangeConfig("data_directory: data", "data_directory: hsm-data");
  }

  void ChangeConfig(const std::string& from, const std::string& to) {
    const std::string text = ReadWholeFile(vault_.config_path());
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    ASSERT_NE(text, changed);
    WriteWholeFile(vault_.config_path(), changed);
  }
  Finished Init(const std::map<int, std::string>& descriptors = {}) {
    return RunToEnd({kDaemon, "--config", vault_.config_path(), "--init", "--operator",
                     kOperatorUri, "--operator", "spiffe://test.example/operator/bob"},
                    File("init.log"), descriptors);
  }
  void ExpectRefused(std::initializer_list<std::string> texts) {
    const size_t before = vault_.output().size();
    ASSERT_FALSE(vault_.Start());
    const std::string said = vault_.output().substr(before);
    EXPECT_NE(said.find("cannot start"), std::string::npos) << said;
    for (const std::string& text : texts) EXPECT_NE(said.find(text), std::string::npos) << said;
    EXPECT_EQ(said.find(SoftHsm::kPin), std::string::npos);
  }
  std::string File(const std::string& name) { return vault_.directory().File(name); }

  SoftHsm hsm_;
  VaultProcess vault_;
};

// K3
TEST_F(HsmTest, VaultIsMadeAndOpened) {
  const Finished made = Init();
  ASSERT_EQ(made.exit_code, 0) << made.output;
  EXPECT_NE(made.output.find("kek.key_label kek"), std::string::npos) << made.output;
  for (int start = 0; start < 2; ++start) {
    ASSERT_TRUE(vault_.Start()) << vault_.output();
    Call call;
    admin::v1::GetKeyStatusResponse status;
    const auto keys = admin::v1::KeyService::NewStub(vault_.AdminChannel(kOperatorUri));
    ASSERT_TRUE(keys->GetKeyStatus(call, {}, &status).ok());
    EXPECT_EQ(status.kek_provider(), "pkcs11");
    EXPECT_NE(made.output.find(status.kek_check_value()), std::string::npos) << made.output;
    EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
  }
  const Finished again = Init();
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_NE(again.output.find("there is a vault"), std::string::npos) << again.output;
}

// K3
TEST_F(HsmTest, ProductionStartsWithIt) {
  ChangeConfig("mode: sandbox", "mode: production");
  const Finished made = Init();
  ASSERT_EQ(made.exit_code, 0) << made.output;
  // Not by the fixture, whose roles are a sandbox's.
  ChildProcess daemon({kDaemon, "--config", vault_.config_path(), "--ready-file", File("ready")},
                      File("production.log"));
  while (!std::filesystem::exists(File("ready")) && daemon.running()) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.Wait(), 0) << ReadWholeFile(File("production.log"));
  EXPECT_TRUE(std::filesystem::exists(File("ready")));
}

// Administration that waits for the HSM holds up neither payments nor the sealing.
TEST_F(HsmTest, AHangingHsmStopsAdministrationAlone) {
  const Finished made = Init();
  ASSERT_EQ(made.exit_code, 0) << made.output;
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  auto hanging = std::make_unique<HangingHsm>(hsm_.token_directory());
  std::vector<std::thread> rotations;
  for (int i = 0; i < 6; ++i) {
    rotations.emplace_back([this] {
      Call call;
      admin::v1::RotateKekResponse response;
      admin::v1::KeyService::NewStub(vault_.AdminChannel(kOperatorUri))
          ->RotateKek(call, {}, &response);
    });
  }
  // Until they have every thread of administration.
  grpc::Status status;
  const auto keys = admin::v1::KeyService::NewStub(vault_.AdminChannel(kOperatorUri));
  while (status.ok()) {
    grpc::ClientContext soon;
    soon.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(1)));
    admin::v1::GetKeyStatusResponse response;
    status = keys->GetKeyStatus(&soon, {}, &response);
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);

  Call tokenize;
  v1::TokenizeResponse tokenized;
  EXPECT_TRUE(
      vault_.Ingest()
          ->Tokenize(tokenize, TokenizeOf("hsm-1", std::string(kVisaTestPan), ""), &tokenized)
          .ok());
  Call list;
  v1::ListPaymentsResponse listed;
  EXPECT_TRUE(vault_.PayIn()->ListPayments(list, {}, &listed).ok()) << list.reason();
  Call seal;
  admin::v1::SealResponse sealed;
  EXPECT_TRUE(vault_.Custody(kOperatorUri)->Seal(seal, {}, &sealed).ok()) << seal.reason();
  Call get;
  v1::GetTokenRequest request;
  request.set_token(tokenized.token().token());
  v1::GetTokenResponse got;
  EXPECT_FALSE(vault_.Tokens()->GetToken(get, request, &got).ok());
  EXPECT_EQ(get.reason(), "VAULT_SEALED");

  hanging.reset();
  for (std::thread& rotation : rotations) rotation.join();
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(HsmTest, InitTakesThePinFromADescriptor) {
  ChangeConfig("pin_file: pin", "pin_fd: 7");
  const Finished without = Init();
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_NE(without.output.find("descriptor"), std::string::npos) << without.output;
  EXPECT_FALSE(std::filesystem::exists(File("hsm-data")));
  const Finished made = Init({{7, absl::StrCat(SoftHsm::kPin, "\n")}});
  EXPECT_EQ(made.exit_code, 0) << made.output;
}

TEST_F(HsmTest, InitDoesNotTakeOverAnotherVaultsKek) {
  hsm_.MakeKey({});
  for (int i = 0; i < 2; ++i) {
    const Finished refused = Init();
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.output.find("another vault's"), std::string::npos) << refused.output;
  }
}

TEST_F(HsmTest, StartNamesWhatIsWrong) {
  const Finished made = Init();
  ASSERT_EQ(made.exit_code, 0) << made.output;

  ASSERT_EQ(chmod(File("pin").c_str(), 0640), 0);
  ExpectRefused({"PIN file has permissions"});
  WriteWholeFile(File("pin"), "0000\n");
  ASSERT_EQ(chmod(File("pin").c_str(), 0600), 0);
  ExpectRefused({"refuses the PIN", SoftHsm::kTokenLabel});
  // And not with the signal of a module that is torn down too late.
  EXPECT_EQ(RunToEnd({kDaemon, "--config", vault_.config_path()}, File("refused.log")).exit_code,
            1);
  WriteWholeFile(File("pin"), SoftHsm::kPin);

  ChangeConfig("key_label: kek", "key_label: nothing");
  ExpectRefused({"no KEK of the configured label", "kek.key_label nothing"});
  hsm_.MakeKey({.label = "nothing"});
  ExpectRefused({"KEK"});  // there is one now, and not this vault's
  ChangeConfig("key_label: nothing", "key_label: kek");
  EXPECT_TRUE(vault_.Start()) << vault_.output();
  EXPECT_EQ(vault_.Stop(), 0);
}

}  // namespace
}  // namespace cardvault::testing
