// The uses of keys: what is reserved, taken, given back, and where they end.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_document.h"
#include "keys/keyring_manager.h"
#include "keys/testing/keyring_manager_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using SaveFault = FakeKeyringStore::SaveFault;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kExhausted = absl::StatusCode::kResourceExhausted;

// Ends well before the test's time limit; what is waited for takes milliseconds.
constexpr absl::Duration kPatience = absl::Seconds(30);

template <typename Condition>
bool Eventually(Condition condition) {
  const absl::Time end = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

using KeyringUsesTest = KeyringManagerFixture;

// G1: what was sealed never passes what the stored document has reserved, while threads seal and
// blocks are reserved behind them.
TEST_F(KeyringUsesTest, SealedNeverPassesWhatIsReservedOnDisk) {
  const auto manager = Unsealed(/*max_uses=*/20000);
  const auto key = PanKey();
  std::atomic<uint64_t> sealed{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        if (key->Seal("text", "row").ok()) {
          ++sealed;
        } else {
          std::this_thread::yield();  // the reserver is behind
        }
      }
    });
  }
  int checks = 0;
  while (sealed < 20000) {
    // Count first, then the document: it may only have grown in between.
    const uint64_t before = sealed;
    const auto document = OpenKeyringDocument(*store_->document(), *kek_);
    ASSERT_THAT(document, IsOk());
    ASSERT_EQ(document->entries[0].info.purpose, KeyPurpose::kPan);
    ASSERT_GE(document->entries[0].info.reserved_uses, before);
    ++checks;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(checks, 0);
  EXPECT_EQ(sealed.load(), 20000u);
  EXPECT_THAT(key->Seal("text", "row"), StatusIs(kExhausted, ErrorReason::kKeyLimit));
}

// G1: the ceiling holds across any number of crashes, and each crash costs a block and gives none.
TEST_F(KeyringUsesTest, CrashOnlyOverCounts) {
  auto manager = Unsealed();
  uint64_t sealed = 0;
  uint64_t reserved = kBlock;
  for (int crash = 0; crash < 5; ++crash) {
    EXPECT_EQ(PanInfo().reserved_uses, reserved);
    for (int i = 0; i < 10; ++i, ++sealed) ASSERT_THAT(PanKey()->Seal("text", "row"), IsOk());
    Crash(std::move(manager));
    manager = Manager();
    ASSERT_THAT(manager->Unseal(kek_), IsOk());
    reserved += kBlock;  // the 90 uses that were not taken are lost
    EXPECT_GE(PanInfo().reserved_uses, sealed);
  }
  // 600 of 1000 are reserved, 50 of them were taken; now all that is left.
  const auto key = PanKey();
  uint64_t rest = 0;
  EXPECT_TRUE(Eventually([&] {
    if (key->Seal("text", "row").ok()) ++rest;
    return rest == 500;
  }));
  EXPECT_THAT(key->Seal("text", "row"), StatusIs(kExhausted, ErrorReason::kKeyLimit));
  EXPECT_LE(sealed + rest, 1000u);
}

// Else a thousand restarts would use up a key that sealed nothing.
TEST_F(KeyringUsesTest, SealGivesBackWhatWasNotTaken) {
  auto manager = Unsealed();
  for (int restart = 0; restart < 30; ++restart) {
    ASSERT_THAT(PanKey()->Seal("text", "row"), IsOk());
    manager->Seal();
    ASSERT_THAT(manager->Unseal(kek_), IsOk());
    EXPECT_EQ(PanInfo().reserved_uses, kBlock + static_cast<uint64_t>(restart) + 1);
  }
}

TEST_F(KeyringUsesTest, SealForgetsEvenWhenTheStoreFails) {
  auto manager = Unsealed();
  ASSERT_THAT(PanKey()->Seal("text", "row"), IsOk());
  store_->SetSaveFault(SaveFault::kNotSaved);
  manager->Seal();
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  store_->SetSaveFault(SaveFault::kNone);
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ(PanInfo().reserved_uses, 2 * kBlock);  // over-counted
}

TEST_F(KeyringUsesTest, SealStopsWhoeverHoldsASnapshotFromSealing) {
  const auto manager = Unsealed();
  auto snapshot = *holder_.Snapshot();
  auto key = *snapshot->ActiveAead(KeyPurpose::kPan);
  const std::string sealed = key->Seal("text", "row").value();
  std::weak_ptr<const AeadKey> observed = key;
  manager->Seal();
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(key->Seal("text", "row"), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(key->Open(sealed, "row"), IsOk());  // the request that began before ends well
  key = nullptr;
  snapshot = nullptr;
  EXPECT_TRUE(observed.expired());  // nobody else keeps it
}

TEST_F(KeyringUsesTest, DestructorSeals) {
  Unsealed().reset();
  EXPECT_THAT(holder_.Snapshot(), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
}

TEST_F(KeyringUsesTest, CounterMayOutliveTheManager) {
  auto manager = Unsealed();
  const auto key = PanKey();
  manager = nullptr;
  EXPECT_THAT(key->Seal("text", "row"), StatusIs(kPrecondition, ErrorReason::kVaultSealed));
}

TEST_F(KeyringUsesTest, ReservesTheNextBlockWhenHalfOfOneIsLeft) {
  const auto manager = Unsealed();
  const auto key = PanKey();
  const uint64_t saves = store_->save_count();
  for (uint64_t i = 0; i < kBlock / 2 - 1; ++i) ASSERT_THAT(key->Seal("text", "row"), IsOk());
  EXPECT_EQ(store_->save_count(), saves);
  ASSERT_THAT(key->Seal("text", "row"), IsOk());
  EXPECT_TRUE(Eventually([&] { return PanInfo().reserved_uses == 2 * kBlock; }));
  EXPECT_EQ(store_->save_count(), saves + 1);
  EXPECT_EQ((*holder_.Snapshot())->revision(), 3u);  // the holder is at the newest revision
  EXPECT_EQ(PanKey(), key);                          // with the same key objects
}

// G1: the last block ends at the ceiling, whatever the block's size.
TEST_F(KeyringUsesTest, SealEndsExactlyAtTheCeiling) {
  auto manager = Unsealed(/*max_uses=*/130);
  const auto key = PanKey();
  uint64_t sealed = 0;
  EXPECT_TRUE(Eventually([&] {
    if (key->Seal("text", "row").ok()) ++sealed;
    return sealed == 130;
  }));
  const auto [more, status] = SealUntilRefused(*key);
  EXPECT_EQ(more, 0u);
  EXPECT_THAT(status, StatusIs(kExhausted, ErrorReason::kKeyLimit));
  // For ever: the next version encrypts, after a restart as well.
  EXPECT_TRUE(Eventually([&] { return PanKey()->version() == 2; }));
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
  manager = nullptr;
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ(PanKey()->version(), 2u);
  EXPECT_EQ(PanInfo().reserved_uses, 130u);
  EXPECT_EQ(PanInfo().state, KeyState::kDeactivated);
  EXPECT_THAT((*(*holder_.Snapshot())->ActiveAead(KeyPurpose::kProfile))->Seal("text", "row"),
              IsOk());  // the other keys have their own
}

TEST_F(KeyringUsesTest, ReserverTriesAgainWhenTheStoreFails) {
  const auto manager = Unsealed();
  const auto key = PanKey();
  store_->SetSaveFault(SaveFault::kNotSaved);
  for (uint64_t i = 0; i < kBlock / 2; ++i) ASSERT_THAT(key->Seal("text", "row"), IsOk());
  // The reserver has tried, and the uses that it could not save are not given out.
  ASSERT_TRUE(Eventually([&] { return store_->failed_count() >= 2; }));
  const auto [sealed, status] = SealUntilRefused(*key);
  EXPECT_EQ(sealed, kBlock / 2);
  EXPECT_THAT(status, StatusIs(kExhausted, ErrorReason::kKeyLimit));
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_TRUE(Eventually([&] { return key->Seal("text", "row").ok(); }));
}

// A save whose answer is lost makes the document in memory stale; the next save is ABORTED, and
// what is stored is adopted with its reservation.
TEST_F(KeyringUsesTest, ReserverRecoversWhenASaveWasNotAnswered) {
  const auto manager = Unsealed();
  const auto key = PanKey();
  const uint64_t saves = store_->save_count();
  store_->SetSaveFault(SaveFault::kSavedButNotAnswered);
  EXPECT_EQ(SealUntilRefused(*key).first, kBlock);
  EXPECT_TRUE(Eventually([&] { return store_->save_count() > saves; }));
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_TRUE(Eventually([&] { return key->Seal("text", "row").ok(); }));
  // The lost block stays counted.
  EXPECT_TRUE(Eventually([&] { return PanInfo().reserved_uses >= 3 * kBlock; }));
}

TEST_F(KeyringUsesTest, ReserverStopsAtADocumentThatIsNotItsOwn) {
  const auto manager = Unsealed();
  const auto key = PanKey();
  // Another vault's keyring, wrapped by the same KEK, with a higher revision.
  FakeKeyringStore other_store;
  {
    KeyringHolder other_holder;
    KeyringManager other(other_store, other_holder, clock_, Options());
    ASSERT_THAT(other.Create(*VaultId::Parse("vault-2", "vault_id"), *kek_), IsOk());
    for (int i = 0; i < 5; ++i) {
      ASSERT_THAT(other.Unseal(kek_), IsOk());
      other.Seal();
    }
  }
  store_->SetSaveFault(SaveFault::kNotSaved);
  ASSERT_EQ(SealUntilRefused(*key).first, kBlock);
  store_->SaveAsAnotherWriter(*other_store.document());
  store_->SetSaveFault(SaveFault::kNone);
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_THAT(key->Seal("text", "row"), StatusIs(kExhausted, ErrorReason::kKeyLimit));
}

TEST_F(KeyringUsesTest, ThreadsSealUnsealAndUse) {
  const auto manager = Unsealed(kHardMaxUses);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        const auto snapshot = holder_.Snapshot();
        if (!snapshot.ok()) continue;
        const auto key = (*snapshot)->ActiveAead(KeyPurpose::kPan);
        const auto sealed = (*key)->Seal("text", "row");
        if (sealed.ok()) {
          EXPECT_THAT((*key)->Open(*sealed, "row"), IsOk());
        }
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    manager->Seal();
    EXPECT_THAT(manager->Unseal(kek_), IsOk());
    absl::SleepFor(absl::Milliseconds(1));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(KeyringUsesDeathTest, CeilingAboveTheHardOneEndsTheProcess) {
  FakeKeyringStore store;
  KeyringHolder holder;
  FakeClock clock;
  EXPECT_DEATH(KeyringManager(store, holder, clock, {.max_uses = kHardMaxUses + 1}),
               "check failed");
  EXPECT_DEATH(KeyringManager(store, holder, clock, {.max_uses = 0}), "check failed");
  EXPECT_DEATH(KeyringManager(store, holder, clock, {.use_block = 0}), "check failed");
}

}  // namespace
}  // namespace cardvault
