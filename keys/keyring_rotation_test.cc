// The next version of a key: who may encrypt, what still opens, and what a crash leaves.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/keyring_manager.h"
#include "keys/testing/keyring_manager_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using SaveFault = FakeKeyringStore::SaveFault;

class KeyringRotationTest : public KeyringManagerFixture {
 protected:
  std::shared_ptr<const Keyring> Snapshot() const { return *holder_.Snapshot(); }

  KeyState StateOf(KeyPurpose purpose, uint32_t version) const {
    for (const KeyVersionInfo& info : Snapshot()->Inventory()) {
      if (info.purpose == purpose && info.version == version) return info.state;
    }
    return KeyState::kPreActive;
  }

  uint32_t ActiveVersion(KeyPurpose purpose) const {
    if (AlgorithmOf(purpose) == KeyAlgorithm::kAes256Gcm) {
      return (*Snapshot()->ActiveAead(purpose))->version();
    }
    if (AlgorithmOf(purpose) == KeyAlgorithm::kEd25519) {
      return (*Snapshot()->ActiveSigningKey())->version();
    }
    return (*Snapshot()->ActiveMac(purpose))->version();
  }
};

TEST_F(KeyringRotationTest, NextVersionEncryptsAndTheEarlierOneOpens) {
  const auto manager = Unsealed();
  for (const KeyPurpose purpose : AllPurposes()) {
    const auto rotated = manager->Rotate(purpose, *store_);
    ASSERT_THAT(rotated, IsOk()) << PurposeName(purpose);
    EXPECT_EQ(*rotated, 2u);
    EXPECT_EQ(ActiveVersion(purpose), 2u);
    EXPECT_EQ(StateOf(purpose, 1), KeyState::kDeactivated);
    const KeyringChange change = store_->last_change();
    ASSERT_EQ(change.activated.size(), 1u);
    EXPECT_EQ(change.activated[0].purpose, purpose);
    EXPECT_EQ(change.activated[0].version, 2u);
  }
  EXPECT_EQ(*manager->Rotate(KeyPurpose::kPan, *store_), 3u);
}

TEST_F(KeyringRotationTest, WhatWasSealedBeforeOpensAfterAndAfterARestart) {
  auto manager = Unsealed();
  const auto sealed = PanKey()->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  const auto opens = [&] {
    const auto key = Snapshot()->AeadVersion(KeyPurpose::kPan, 1);
    return key.ok() && (*key)->Open(*sealed, "row").ok();
  };
  EXPECT_TRUE(opens());
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
  Crash(std::move(manager));
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_TRUE(opens());
  EXPECT_EQ(PanKey()->version(), 2u);
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
}

// A request that took its snapshot before the rotation is not failed by it: what it sealed is
// refused at the commit, and it seals again.
TEST_F(KeyringRotationTest, SnapshotOfBeforeStillSeals) {
  const auto manager = Unsealed();
  const auto before = PanKey();
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  EXPECT_THAT(before->Seal("text", "row"), IsOk());
  EXPECT_FALSE(Snapshot()->IsActive(KeyPurpose::kPan, before->version()));
}

TEST_F(KeyringRotationTest, FailedRotationChangesNothing) {
  const auto manager = Unsealed();
  store_->SetSaveFault(SaveFault::kNotSaved);
  EXPECT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(PanKey()->version(), 1u);
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_EQ(*manager->Rotate(KeyPurpose::kPan, *store_), 2u);
}

// The version of the lost answer stands in the document: the next one comes behind it, and both
// open.
TEST_F(KeyringRotationTest, RotationWhoseAnswerWasLostIsAdopted) {
  const auto manager = Unsealed();
  store_->SetSaveFault(SaveFault::kSavedButNotAnswered);
  EXPECT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(PanKey()->version(), 1u);
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_EQ(*manager->Rotate(KeyPurpose::kPan, *store_), 3u);
  EXPECT_EQ(PanKey()->version(), 3u);
  EXPECT_EQ(StateOf(KeyPurpose::kPan, 2), KeyState::kDeactivated);
  EXPECT_THAT(Snapshot()->AeadVersion(KeyPurpose::kPan, 2), IsOk());
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
}

TEST_F(KeyringRotationTest, KeysThatMakeMacsRotateByAge) {
  const auto manager = Unsealed();
  clock_.Advance(2 * kDefaultMaxMacAge);
  ASSERT_THAT(manager->RotateDue(), IsOk());
  EXPECT_EQ(ActiveVersion(KeyPurpose::kRowIndex), 2u);
  EXPECT_EQ(ActiveVersion(KeyPurpose::kTokenMac), 2u);
}

TEST_F(KeyringRotationTest, SealedVaultRotatesNothing) {
  const auto manager = Unsealed();
  manager->Seal();
  const uint64_t saves = store_->save_count();
  EXPECT_THAT(manager->Rotate(KeyPurpose::kPan, *store_),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(manager->RotateDue(), IsOk());
  EXPECT_EQ(store_->save_count(), saves);
}

// K5: cryptoperiods end by themselves.
TEST_F(KeyringRotationTest, VersionsAreReplacedAtTheirAge) {
  const auto manager = Unsealed();
  clock_.Advance(kDefaultMaxAeadAge - absl::Seconds(1));
  ASSERT_THAT(manager->RotateDue(), IsOk());
  EXPECT_EQ(ActiveVersion(KeyPurpose::kPan), 1u);
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(manager->RotateDue(), IsOk());
  for (const KeyPurpose purpose : AllPurposes()) {
    const bool is_aead = AlgorithmOf(purpose) == KeyAlgorithm::kAes256Gcm;
    EXPECT_EQ(ActiveVersion(purpose), is_aead ? 2u : 1u) << PurposeName(purpose);
  }
  clock_.Advance(kDefaultMaxSigningAge - kDefaultMaxAeadAge);
  ASSERT_THAT(manager->RotateDue(), IsOk());
  EXPECT_EQ(ActiveVersion(KeyPurpose::kAuditSigning), 2u);
  EXPECT_EQ(ActiveVersion(KeyPurpose::kFingerprint), 1u);
  clock_.Advance(kDefaultMaxMacAge - kDefaultMaxSigningAge);
  ASSERT_THAT(manager->RotateDue(), IsOk());
  EXPECT_EQ(ActiveVersion(KeyPurpose::kFingerprint), 2u);
  EXPECT_EQ(ActiveVersion(KeyPurpose::kPan), 4u);
}

// K5: no replacement, no encryption; what was encrypted opens.
TEST_F(KeyringRotationTest, AKeyThatCouldNotBeReplacedEncryptsNoMoreAfterItsPeriod) {
  const auto manager = Unsealed();
  const auto key = PanKey();
  const auto sealed = key->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  store_->SetSaveFault(SaveFault::kNotSaved);
  clock_.Advance(kDefaultMaxAeadAge + kRotationGrace - absl::Seconds(1));
  EXPECT_THAT(manager->RotateDue(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(key->Seal("text", "row"), IsOk());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(PanInfo().use_end, clock_.Now());
  EXPECT_THAT(manager->RotateDue(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(key->Seal("text", "row"),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kKeyLimit));
  EXPECT_THAT(key->Open(*sealed, "row"), IsOk());
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_THAT(manager->RotateDue(), IsOk());
  EXPECT_EQ(PanKey()->version(), 2u);
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
}

TEST_F(KeyringRotationTest, ARestartReplacesWhatGrewTooOldMeanwhile) {
  auto manager = Unsealed();
  manager = nullptr;
  clock_.Advance(kDefaultMaxAeadAge);
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ(PanKey()->version(), 2u);
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
}

// A store that was restored: its counters lag behind what was used after the backup.
TEST_F(KeyringRotationTest, AFrozenKeyringOpensAndWritesNothingUntilAllIsReplaced) {
  auto manager = Unsealed();
  const auto sealed = PanKey()->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  Crash(std::move(manager));
  manager = Manager();
  const uint64_t saved = store_->save_count();
  clock_.Advance(kDefaultMaxAeadAge);  // what encrypts is due, and may still
  ASSERT_THAT(manager->UnsealFrozen(kek_), IsOk());
  EXPECT_THAT(PanKey()->Open(*sealed, "row"), IsOk());
  EXPECT_THAT(PanKey()->Seal("text", "row"),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kKeyLimit));
  EXPECT_THAT(manager->RotateDue(), IsOk());
  manager->Seal();
  ASSERT_THAT(manager->UnsealFrozen(kek_), IsOk());
  EXPECT_EQ(store_->save_count(), saved);

  ASSERT_THAT(manager->ReplaceAll(*store_), IsOk());
  EXPECT_EQ(store_->save_count(), saved + 1);
  EXPECT_EQ(store_->last_change().activated.size(), AllPurposes().size());
  for (const KeyPurpose purpose : AllPurposes()) {
    EXPECT_EQ(ActiveVersion(purpose), 2u) << PurposeName(purpose);
    EXPECT_EQ(StateOf(purpose, 1), KeyState::kDeactivated) << PurposeName(purpose);
  }
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
  EXPECT_THAT((*Snapshot()->AeadVersion(KeyPurpose::kPan, 1))->Open(*sealed, "row"), IsOk());
  // It goes on as any other: what was not used is given back.
  manager->Seal();
  EXPECT_EQ(store_->save_count(), saved + 2);
}

TEST_F(KeyringRotationTest, AReplacementThatFailsLeavesItFrozen) {
  Crash(Unsealed());
  const auto manager = Manager();
  ASSERT_THAT(manager->UnsealFrozen(kek_), IsOk());
  store_->SetSaveFault(SaveFault::kNotSaved);
  EXPECT_THAT(manager->ReplaceAll(*store_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ActiveVersion(KeyPurpose::kPan), 1u);
  EXPECT_THAT(PanKey()->Seal("text", "row"),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kKeyLimit));
}

}  // namespace
}  // namespace cardvault
