#include "server/kek_source.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "keys/testing/soft_hsm.h"
#include "server/config.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class KekSourceTest : public ::testing::Test {
 protected:
  KekSourceTest() {
    std::ofstream(pin_file_) << SoftHsm::kPin << "\n";
    std::filesystem::permissions(pin_file_, std::filesystem::perms::owner_read);
  }
  ~KekSourceTest() override { std::filesystem::remove(pin_file_); }

  KekConfig Config(const std::string& module, const std::string& token) const {
    KekConfig config;
    config.provider = "pkcs11";
    config.module = module;
    config.pin_file = pin_file_;
    config.pkcs11 = SoftHsm::options();
    config.pkcs11.token_label = token;
    return config;
  }

  static std::unique_ptr<KekSource> Source(const KekConfig& config) {
    absl::StatusOr<std::unique_ptr<KekSource>> source = NewKekSource(config);
    EXPECT_THAT(source, IsOk());
    return *std::move(source);
  }

  SoftHsm hsm_;
  const std::string pin_file_ = ::testing::TempDir() + "/kek-source-pin";
};

// K9: who cannot see the token cannot say that a KEK is gone from it.
TEST_F(KekSourceTest, AnHsmThatIsAwayIsNotOneWithoutTheKek) {
  const auto away = Source(Config(SoftHsm::kModulePath, "no such token"));
  EXPECT_THAT(away->Open(1), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(away->Destroy(1, "a1b2c3"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(away->Exists(1), StatusIs(absl::StatusCode::kUnavailable));
  const auto unloadable = Source(Config("/usr/lib/no-such-module.so", SoftHsm::kTokenLabel));
  EXPECT_THAT(unloadable->Open(1), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(unloadable->Destroy(1, "a1b2c3"), StatusIs(absl::StatusCode::kUnavailable));

  const auto there = Source(Config(SoftHsm::kModulePath, SoftHsm::kTokenLabel));
  EXPECT_THAT(there->Open(1), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(there->Destroy(1, "a1b2c3"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(KekSourceTest, TokensOfOneLabelInTwoModulesAreTwoPlaces) {
  const auto one = Source(Config(SoftHsm::kModulePath, SoftHsm::kTokenLabel));
  const auto same = Source(Config(SoftHsm::kModulePath, SoftHsm::kTokenLabel));
  const auto other = Source(Config("/usr/lib/another-maker.so", SoftHsm::kTokenLabel));
  EXPECT_EQ(one->place(), same->place());
  EXPECT_NE(one->place(), other->place());
}

}  // namespace
}  // namespace cardvault
