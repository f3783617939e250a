#include "keys/keyring_holder.h"

#include <atomic>
#include <memory>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/keyring.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(KeyringHolderTest, SnapshotFailsWhileSealed) {
  KeyringHolder holder;
  EXPECT_THAT(holder.Snapshot(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  holder.Set(MakeTestKeyring("v"));
  EXPECT_THAT(holder.Snapshot(), IsOk());
  holder.Seal();
  EXPECT_THAT(holder.Snapshot(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
}

TEST(KeyringHolderTest, SnapshotStaysAsItWasTaken) {
  KeyringHolder holder;
  holder.Set(MakeTestKeyring("v", 1));
  const auto snapshot = *holder.Snapshot();
  holder.Set(MakeTestKeyring("v", 2));
  EXPECT_EQ((*snapshot->ActiveAead(KeyPurpose::kPan))->version(), 1u);
  EXPECT_EQ((*(*holder.Snapshot())->ActiveAead(KeyPurpose::kPan))->version(), 2u);
}

TEST(KeyringHolderTest, SealLetsGoOfTheKeys) {
  KeyringHolder holder;
  std::weak_ptr<const Keyring> observed;
  {
    auto keyring = MakeTestKeyring("v");
    observed = keyring;
    holder.Set(std::move(keyring));
  }
  EXPECT_FALSE(observed.expired());
  holder.Seal();
  EXPECT_TRUE(observed.expired());
}

TEST(KeyringHolderTest, ThreadsReadWhileKeyringsChange) {
  KeyringHolder holder;
  const auto one = MakeTestKeyring("v", 1);
  const auto two = MakeTestKeyring("v", 2);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto snapshot = holder.Snapshot();
        if (!snapshot.ok()) continue;
        const uint32_t active = (*(*snapshot)->ActiveMac(KeyPurpose::kTokenMac))->version();
        if ((*snapshot)->LiveMacs(KeyPurpose::kTokenMac).size() != active) ++wrong;
      }
    });
  }
  for (int i = 0; i < 3000; ++i) {
    holder.Set(i % 2 == 0 ? one : two);
    if (i % 7 == 0) holder.Seal();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace cardvault
