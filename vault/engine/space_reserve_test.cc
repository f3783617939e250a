#include "vault/engine/space_reserve.h"

#include <sys/statvfs.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kReserve = uint64_t{1} << 20;
constexpr uint64_t kPlenty = uint64_t{1} << 60;  // more than any volume has

class SpaceReserveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }

  const std::string directory_ = ::testing::TempDir() + "/volume";
  const std::string file_ = directory_ + "/RESERVE";
};

TEST_F(SpaceReserveTest, HoldsItsFileWhileThereIsRoom) {
  SpaceReserve space(directory_, {.floor = 1, .reserve = kReserve, .release = 0});
  EXPECT_THAT(space.Check(), IsOk());
  EXPECT_EQ(fs::file_size(file_), kReserve);
}

// What a restart finds between the floor and the reserve is not forgotten.
TEST_F(SpaceReserveTest, WithoutAReserveNothingOrdinaryIsWritten) {
  SpaceReserve space(directory_, {.floor = 1, .reserve = kPlenty, .release = 0});
  EXPECT_THAT(space.Check(),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_FALSE(fs::exists(file_));
}

// A7
TEST_F(SpaceReserveTest, RefusesBelowTheFloor) {
  SpaceReserve space(directory_, {.floor = kPlenty, .reserve = kReserve, .release = 0});
  EXPECT_THAT(space.Check(),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(SpaceReserveTest, GivesItsFileUpWhenOthersFillTheVolume) {
  SpaceReserve(directory_, {.floor = 1, .reserve = kReserve, .release = 0});
  ASSERT_TRUE(fs::exists(file_));
  // The same volume, which by now is nearly full.
  SpaceReserve space(directory_, {.floor = 1, .reserve = kReserve, .release = 0});
  ASSERT_TRUE(fs::exists(file_));
  SpaceReserve full(directory_, {.floor = kPlenty, .reserve = kReserve, .release = kPlenty});
  EXPECT_THAT(full.Check(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(SpaceReserveTest, AVolumeThatIsNotThereCannotBeWritten) {
  SpaceReserve space(directory_ + "/none", {.floor = 1, .reserve = kReserve, .release = 0});
  EXPECT_THAT(space.Check(),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
}

}  // namespace
}  // namespace cardvault
