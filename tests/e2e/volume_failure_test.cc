// A7: the data volume is full, or turns read-only. What must be logged is refused at once, what
// makes things safer goes on as long as there is room, nothing is lost, and when the volume is well
// again service returns without a restart.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "audit/action.h"
#include "tests/e2e/log_failure_fixture.h"
#include "tests/testing/child_process.h"
#include "tests/testing/private_mounts.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMebibyte = size_t{1} << 20;
constexpr char kUnavailable[] = "AUDIT_UNAVAILABLE";

class FullVolumeTest : public LogFailureTest {
 protected:
  static void SetUpTestSuite() { EnterPrivateMounts(); }

  void SetUp() override {
    const std::string denied = EnterPrivateMounts();
    if (!denied.empty()) GTEST_SKIP() << "NOT TESTED: " << denied;
    const std::string made = File("made");
    fs::rename(vault_.data_directory(), made);
    fs::create_directory(vault_.data_directory());
    // Room for the floor, the reserve and what a small vault writes.
    volume_.emplace(vault_.data_directory(), 400 * kMebibyte);
    fs::copy(made, vault_.data_directory(), fs::copy_options::recursive);
    Configure();
    StartServer();
  }

  bool HoldsReserve() const { return fs::exists(vault_.data_directory() + "/RESERVE"); }

  std::optional<MemoryVolume> volume_;
};

TEST_F(FullVolumeTest, WhatMustBeLoggedIsRefusedUntilThereIsRoom) {
  for (int i = 0; i < 6; ++i) ASSERT_EQ(Tokenize(), "");
  ASSERT_TRUE(Eventually([&] { return ShowsServing() && HoldsReserve(); }));
  const pid_t pid = vault_.pid();

  // Nearly full: the very next one is refused, and the reserve is not touched.
  volume_->FillBut(100 * kMebibyte);
  EXPECT_EQ(Tokenize(), kUnavailable);
  EXPECT_EQ(Delete(tokens_.front()), "");
  EXPECT_TRUE(Eventually([&] { return ShowsFailing(); }));
  EXPECT_EQ(Status().serving_state(), "log-failing");
  EXPECT_TRUE(HoldsReserve());

  // Full, by somebody else: what there is to say comes from the reserve.
  volume_->FillBut(kMebibyte / 4);
  EXPECT_EQ(Delete(tokens_.front()), "");
  EXPECT_FALSE(HoldsReserve());
  EXPECT_EQ(Tokenize(), kUnavailable);
  EXPECT_TRUE(IsRefusedAsUsual());
  EXPECT_EQ(Delete(tokens_.front()), "");
  EXPECT_TRUE(ShowsFailing());
  ExpectNothingLost();

  volume_->Empty();
  EXPECT_TRUE(Eventually([&] { return Tokenize().empty(); }));
  EXPECT_TRUE(Eventually([&] { return ShowsServing() && HoldsReserve(); }));
  EXPECT_EQ(Status().serving_state(), "serving");
  EXPECT_EQ(vault_.pid(), pid);
  EXPECT_TRUE(vault_.running());
  ExpectNothingLost();
  EXPECT_EQ(CountAtEnd(AuditAction::kTokenDeleted), 3);
  EXPECT_EQ(CountAtEnd(AuditAction::kTokenCreated), 7);
  EXPECT_EQ(CountAtEnd(AuditAction::kTokenRefused), 1);
}

// One that is full before the server starts.
TEST_F(FullVolumeTest, AServerThatStartsOnAFullVolumeRefusesAndHeals) {
  ASSERT_EQ(Tokenize(), "");
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  volume_->FillBut(60 * kMebibyte);
  StartServer();
  EXPECT_EQ(Tokenize(), kUnavailable);
  volume_->Empty();
  EXPECT_TRUE(Eventually([&] { return Tokenize().empty(); }));
  ExpectNothingLost();
}

// The kernel turns the volume read-only under the server (read_only_volume.cc says why it is not
// remounted).
class ReadOnlyVolumeTest : public LogFailureTest {
 protected:
  void SetUp() override {
    Configure();
    setenv("LD_PRELOAD", "tests/testing/read_only_volume.so", 1);
    setenv("CARDVAULT_TEST_READ_ONLY_FLAG", flag_.c_str(), 1);
    setenv("CARDVAULT_TEST_READ_ONLY_DIRECTORY", vault_.data_directory().c_str(), 1);
    StartServer();
    unsetenv("LD_PRELOAD");
  }

  const std::string flag_ = File("read-only");
};

TEST_F(ReadOnlyVolumeTest, NothingIsDoneUntilItIsWritableAgain) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Tokenize(), "");
  ASSERT_TRUE(Eventually([&] { return ShowsServing(); }));
  const pid_t pid = vault_.pid();

  WriteWholeFile(flag_, "");
  EXPECT_EQ(Tokenize(), kUnavailable);
  // Nothing can be logged, so nothing is deleted either.
  EXPECT_EQ(Delete(tokens_.front()), kUnavailable);
  EXPECT_EQ(Delete(tokens_.front()), kUnavailable);
  EXPECT_TRUE(Eventually([&] { return ShowsFailing(); }));
  EXPECT_TRUE(absl::StrContains(vault_.output(), "\"event\":\"audit.store\"")) << vault_.output();
  EXPECT_EQ(Tokenize(), kUnavailable);

  fs::remove(flag_);
  EXPECT_TRUE(Eventually([&] { return ShowsServing(); }));
  EXPECT_EQ(Tokenize(), "");
  EXPECT_EQ(Delete(tokens_.front()), "");
  EXPECT_EQ(vault_.pid(), pid);
  ExpectNothingLost();
  EXPECT_EQ(CountAtEnd(AuditAction::kTokenDeleted), 1);
  EXPECT_EQ(CountAtEnd(AuditAction::kTokenCreated), 4);
}

}  // namespace
}  // namespace cardvault::testing
