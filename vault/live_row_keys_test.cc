#include "vault/live_row_keys.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;

std::vector<uint32_t> VersionsOf(const std::vector<RowKeys>& all) {
  std::vector<uint32_t> versions;
  for (const RowKeys& keys : all) versions.push_back(keys.version());
  return versions;
}

TEST(LiveRowKeysTest, AreThoseOfEveryVersionThatVerifies) {
  const absl::StatusOr<LiveRowKeys> keys =
      LiveRowKeys::Open(*MakeTestKeyringWithDestroyed("vault", 4, KeyPurpose::kRowIndex, 1));
  ASSERT_THAT(keys, IsOk());
  EXPECT_EQ(keys->active_version(), 4u);
  EXPECT_THAT(VersionsOf(keys->newest_first()), ElementsAre(4, 3, 2));
  EXPECT_THAT(VersionsOf(keys->active_last()), ElementsAre(2, 3, 4));
}

TEST(LiveRowKeysTest, AreCurrentUntilTheKeyIsRotated) {
  const LiveRowKeys keys = *LiveRowKeys::Open(*MakeTestKeyring("vault", 2));
  EXPECT_TRUE(keys.IsCurrent(*MakeTestKeyring("vault", 2)));
  EXPECT_FALSE(keys.IsCurrent(*MakeTestKeyring("vault", 3)));
}

// A row that was under version 1 moves to version 2, which came after the first look began.
TEST(LiveRowKeysTest, WhoeverAnswersLooksAgainAfterARotation) {
  KeyringHolder holder;
  holder.Set(MakeTestKeyring("vault", 1));
  std::vector<uint32_t> looked;
  const auto found = WhileLive(
      holder,
      [&](const Keyring&, const LiveRowKeys& keys) -> absl::StatusOr<std::optional<uint32_t>> {
        looked.push_back(keys.active_version());
        if (looked.size() == 1) holder.Set(MakeTestKeyring("vault", 2));
        return looked.size() == 1 ? std::nullopt : std::optional(keys.active_version());
      });
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(*found, 2u);
  EXPECT_THAT(looked, ElementsAre(1, 2));
}

TEST(LiveRowKeysTest, ASealedVaultHasNone) {
  const KeyringHolder holder;
  const auto found = WhileLive(
      holder,
      [](const Keyring&, const LiveRowKeys&) -> absl::StatusOr<std::string> { return "found"; });
  EXPECT_THAT(found, StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
}

}  // namespace
}  // namespace cardvault
