#include "vault/admission/machine.h"

#include <optional>
#include <string>

#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

class MachineTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::optional<std::string>> Digest(VaultMode mode = VaultMode::kProduction,
                                                    const char* vault = "vault-1") {
    return MachineDigest(directory_.File("machine-id"), *VaultId::Parse(vault, "vault"), mode);
  }
  void Write(const std::string& content) {
    cardvault::testing::WriteWholeFile(directory_.File("machine-id"), content);
  }

  cardvault::TempDir directory_;
};

TEST_F(MachineTest, TwoMachinesAndTwoVaultsDiffer) {
  Write("0123456789abcdef\n");
  const std::string digest = **Digest();
  EXPECT_EQ(digest.size(), 32u);
  EXPECT_EQ(**Digest(VaultMode::kSandbox), digest);
  EXPECT_NE(**Digest(VaultMode::kProduction, "vault-2"), digest);
  Write("0123456789abcdee\n");
  EXPECT_NE(**Digest(), digest);
}

TEST_F(MachineTest, ProductionNeedsTheFile) {
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMode);
  EXPECT_THAT(Digest(), refused);
  EXPECT_EQ(*Digest(VaultMode::kSandbox), std::nullopt);
  Write("");
  EXPECT_THAT(Digest(), refused);
  EXPECT_EQ(*Digest(VaultMode::kSandbox), std::nullopt);
  Write(std::string(kMaxMachineIdSize + 1, 'x'));
  EXPECT_THAT(Digest(VaultMode::kSandbox), refused);
}

TEST_F(MachineTest, ADamagedRowIsDataLoss) {
  FakeEngine engine;
  EXPECT_EQ(*ReadMachine(engine), std::nullopt);
  WriteSet::Put put = MachinePut(std::string(32, 'm'));
  engine.Plant(put.table, put.key, put.value, 0);
  EXPECT_EQ(**ReadMachine(engine), std::string(32, 'm'));
  put = MachinePut("short");
  engine.Plant(put.table, put.key, put.value, 0);
  EXPECT_THAT(ReadMachine(engine),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
}

}  // namespace
}  // namespace cardvault
