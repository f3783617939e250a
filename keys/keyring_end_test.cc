// The ends of keys: a version is compromised or destroyed, the KEK is replaced.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/keyring_change.h"
#include "keys/keyring_document.h"
#include "keys/keyring_manager.h"
#include "keys/testing/keyring_manager_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using SaveFault = FakeKeyringStore::SaveFault;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

class KeyringEndTest : public KeyringManagerFixture {
 protected:
  std::shared_ptr<const Keyring> Snapshot() const { return *holder_.Snapshot(); }

  KeyVersionInfo Info(KeyPurpose purpose, uint32_t version) const {
    for (const KeyVersionInfo& info : Snapshot()->Inventory()) {
      if (info.purpose == purpose && info.version == version) return info;
    }
    return {};
  }

  std::string WrappedOf(KeyPurpose purpose, uint32_t version, KekProvider& kek) const {
    const auto document = OpenKeyringDocument(*store_->document(), kek);
    EXPECT_THAT(document, IsOk());
    for (const KeyringDocument::Entry& entry : document->entries) {
      if (entry.info.purpose == purpose && entry.info.version == version) return entry.wrapped;
    }
    return "";
  }

  static absl::StatusOr<DestructionProof> NothingLeft() {
    return DestructionProof{.rows_scanned = 10, .audit_entries = 20};
  }
};

// K6
TEST_F(KeyringEndTest, ACompromisedActiveKeyIsReplacedInTheSameRevision) {
  const auto manager = Unsealed();
  const auto sealed = PanKey()->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  const uint64_t saves = store_->save_count();
  const auto next = manager->Compromise(KeyPurpose::kPan, 1, *store_);
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(*next, 2u);
  EXPECT_EQ(store_->save_count(), saves + 1);
  EXPECT_EQ(Info(KeyPurpose::kPan, 1).state, KeyState::kCompromised);
  EXPECT_TRUE(Snapshot()->IsActive(KeyPurpose::kPan, 2));
  EXPECT_THAT((*Snapshot()->AeadVersion(KeyPurpose::kPan, 1))->Open(*sealed, "row"), IsOk());
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
  const KeyringChange change = store_->last_change();
  ASSERT_TRUE(change.compromised.has_value());
  EXPECT_EQ(change.compromised->version, 1u);
  ASSERT_EQ(change.activated.size(), 1u);
  EXPECT_EQ(change.activated[0].version, 2u);
}

TEST_F(KeyringEndTest, AnEarlierKeyIsMarkedAndTheActiveOneStays) {
  const auto manager = Unsealed();
  ASSERT_THAT(manager->Rotate(KeyPurpose::kFingerprint, *store_), IsOk());
  EXPECT_EQ(*manager->Compromise(KeyPurpose::kFingerprint, 1, *store_), 0u);
  EXPECT_EQ(Info(KeyPurpose::kFingerprint, 1).state, KeyState::kCompromised);
  EXPECT_EQ(Info(KeyPurpose::kFingerprint, 2).state, KeyState::kActive);
  // What it made is looked up still, and said again it changes nothing.
  EXPECT_EQ(Snapshot()->LiveMacs(KeyPurpose::kFingerprint).size(), 2u);
  const uint64_t saves = store_->save_count();
  EXPECT_EQ(*manager->Compromise(KeyPurpose::kFingerprint, 1, *store_), 0u);
  EXPECT_EQ(store_->save_count(), saves);
}

TEST_F(KeyringEndTest, CompromiseRefusesWhatIsNotThere) {
  const auto manager = Unsealed();
  const uint64_t saves = store_->save_count();
  EXPECT_THAT(manager->Compromise(KeyPurpose::kPan, 2, *store_),
              StatusIs(absl::StatusCode::kNotFound));
  manager->Seal();
  EXPECT_THAT(manager->Compromise(KeyPurpose::kPan, 1, *store_),
              StatusIs(kPrecondition, ErrorReason::kVaultSealed));
  EXPECT_EQ(store_->save_count(), saves + 1);  // Seal's own
}

// What a destroyed key signed is verified for as long as there is a log.
TEST_F(KeyringEndTest, ADestroyedSigningKeyLeavesItsPublicKey) {
  constexpr KeyPurpose kSigning = KeyPurpose::kAuditSigning;
  auto manager = Unsealed();
  const auto public_key = Info(kSigning, 1).public_key;
  ASSERT_TRUE(public_key.has_value());
  EXPECT_EQ((*Snapshot()->ActiveSigningKey())->public_key(), *public_key);
  EXPECT_EQ(*manager->Compromise(kSigning, 1, *store_), 2u);
  EXPECT_EQ((*Snapshot()->ActiveSigningKey())->version(), 2u);
  EXPECT_EQ(Snapshot()->LiveSigningKeys().size(), 1u);
  ASSERT_THAT(manager->Destroy(kSigning, 1, *store_, NothingLeft), IsOk());
  EXPECT_EQ(WrappedOf(kSigning, 1, *kek_), "");
  EXPECT_EQ(Info(kSigning, 1).state, KeyState::kDestroyed);
  EXPECT_EQ(Info(kSigning, 1).public_key, public_key);
  // Also after a restart.
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ(Info(kSigning, 1).public_key, public_key);
  EXPECT_NE(Info(kSigning, 2).public_key, public_key);
}

// K6: destroyed only with a proof, and then the bytes are nowhere.
TEST_F(KeyringEndTest, ADestroyedKeyIsGoneFromDocumentAndMemory) {
  auto manager = Unsealed();
  const std::string check_value = PanInfo().check_value;
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  ASSERT_NE(WrappedOf(KeyPurpose::kPan, 1, *kek_), "");
  const std::weak_ptr<const AeadKey> key = *Snapshot()->AeadVersion(KeyPurpose::kPan, 1);
  ASSERT_FALSE(key.expired());
  ASSERT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, NothingLeft), IsOk());
  EXPECT_TRUE(key.expired());
  EXPECT_EQ(WrappedOf(KeyPurpose::kPan, 1, *kek_), "");
  EXPECT_THAT(Snapshot()->AeadVersion(KeyPurpose::kPan, 1),
              StatusIs(kPrecondition, ErrorReason::kKeyDestroyed));
  const KeyringChange change = store_->last_change();
  ASSERT_TRUE(change.destroyed.has_value());
  EXPECT_EQ(change.destroyed->check_value, check_value);
  EXPECT_EQ(change.destroyed->proof.rows_scanned, 10u);
  // Its number is never used again.
  EXPECT_EQ(*manager->Rotate(KeyPurpose::kPan, *store_), 3u);
  Crash(std::move(manager));
  manager = Manager();
  ASSERT_THAT(manager->Unseal(kek_), IsOk());
  EXPECT_EQ(Info(KeyPurpose::kPan, 1).state, KeyState::kDestroyed);
  EXPECT_THAT(PanKey()->Seal("text", "row"), IsOk());
}

TEST_F(KeyringEndTest, DestroyRefusesWhatIsNeeded) {
  const auto manager = Unsealed();
  bool scanned = false;
  const auto scan = [&]() -> absl::StatusOr<DestructionProof> {
    scanned = true;
    return DestructionProof{.rows_scanned = 10, .rows_under = 1};
  };
  EXPECT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, scan),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
  EXPECT_THAT(manager->Destroy(KeyPurpose::kPan, 7, *store_, scan),
              StatusIs(absl::StatusCode::kNotFound));
  // A scan before the version stopped to encrypt would prove nothing.
  EXPECT_FALSE(scanned);
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  EXPECT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, scan),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
  EXPECT_TRUE(scanned);
  EXPECT_EQ(Info(KeyPurpose::kPan, 1).state, KeyState::kDeactivated);
  ASSERT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, NothingLeft), IsOk());
  EXPECT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, NothingLeft),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
}

TEST_F(KeyringEndTest, DestructionThatWasNotSavedDestroysNothing) {
  const auto manager = Unsealed();
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  store_->SetSaveFault(SaveFault::kNotSaved);
  EXPECT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, NothingLeft),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Snapshot()->AeadVersion(KeyPurpose::kPan, 1), IsOk());
  store_->SetSaveFault(SaveFault::kSavedButNotAnswered);
  EXPECT_THAT(manager->Destroy(KeyPurpose::kPan, 1, *store_, NothingLeft),
              StatusIs(absl::StatusCode::kUnavailable));
  store_->SetSaveFault(SaveFault::kNone);
  // It was: the next change finds out.
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  EXPECT_EQ(Info(KeyPurpose::kPan, 1).state, KeyState::kDestroyed);
}

// Rewrap changes no key and re-encrypts nothing; the old KEK opens nothing any more.
TEST_F(KeyringEndTest, AnotherKekTakesOver) {
  auto manager = Unsealed();
  const auto sealed = PanKey()->Seal("text", "row");
  ASSERT_THAT(sealed, IsOk());
  const std::string check_value = PanInfo().check_value;
  const auto next = std::make_shared<FakeKekProvider>("the next KEK");
  ASSERT_THAT(manager->Rewrap(next, *store_), IsOk());
  ASSERT_TRUE(store_->last_change().rewrapped.has_value());
  EXPECT_EQ(store_->last_change().rewrapped->check_value, next->check_value());
  EXPECT_EQ(PanInfo().check_value, check_value);
  EXPECT_EQ(manager->ReadKek()->check_value, next->check_value());
  // Later versions are wrapped by it too.
  ASSERT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  ASSERT_EQ(Snapshot()->keks().size(), 2u);
  EXPECT_EQ(Snapshot()->keks()[0].check_value, kek_->check_value());
  EXPECT_TRUE(Snapshot()->keks()[0].retired.has_value());
  EXPECT_FALSE(Snapshot()->keks()[1].retired.has_value());
  Crash(std::move(manager));
  manager = Manager();
  EXPECT_THAT(manager->Unseal(kek_), StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_THAT(manager->Unseal(next), IsOk());
  EXPECT_THAT((*Snapshot()->AeadVersion(KeyPurpose::kPan, 1))->Open(*sealed, "row"), IsOk());
}

TEST_F(KeyringEndTest, RewrapThatFailsLeavesTheKek) {
  const auto manager = Unsealed();
  EXPECT_THAT(manager->Rewrap(kek_, *store_), StatusIs(kPrecondition, ErrorReason::kKeyState));
  const uint64_t saves = store_->save_count();
  // As an HSM that was unplugged; it has the check value of the other one.
  const auto first = std::make_shared<FakeKekProvider>("the next KEK");
  ASSERT_THAT(manager->Rewrap(first, *store_), IsOk());
  EXPECT_THAT(manager->Rewrap(std::make_shared<FailingKekProvider>(), *store_),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(store_->save_count(), saves + 1);
  store_->SetSaveFault(SaveFault::kNotSaved);
  EXPECT_THAT(manager->Rewrap(kek_, *store_), StatusIs(absl::StatusCode::kUnavailable));
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_EQ(manager->ReadKek()->check_value, first->check_value());
  EXPECT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
}

TEST_F(KeyringEndTest, RewrapWhoseAnswerWasLostIsAdopted) {
  const auto manager = Unsealed();
  const auto next = std::make_shared<FakeKekProvider>("the next KEK");
  store_->SetSaveFault(SaveFault::kSavedButNotAnswered);
  EXPECT_THAT(manager->Rewrap(next, *store_), StatusIs(absl::StatusCode::kUnavailable));
  store_->SetSaveFault(SaveFault::kNone);
  EXPECT_THAT(manager->Rotate(KeyPurpose::kPan, *store_), IsOk());
  EXPECT_NE(WrappedOf(KeyPurpose::kPan, 2, *next), "");
}

TEST_F(KeyringEndTest, ADestroyedKekIsEntered) {
  const auto manager = Unsealed();
  const auto next = std::make_shared<FakeKekProvider>("the next KEK");
  EXPECT_THAT(manager->EnterKekDestroyed(kek_->check_value(), *store_),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
  ASSERT_THAT(manager->Rewrap(next, *store_), IsOk());
  EXPECT_THAT(manager->EnterKekDestroyed("ffffff", *store_), StatusIs(absl::StatusCode::kNotFound));
  // First where it lies: also after a restart, nobody takes another place's word for its end.
  EXPECT_THAT(manager->EnterKekDestructionBegun(next->check_value(), "a place", *store_),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
  ASSERT_THAT(manager->EnterKekDestructionBegun(kek_->check_value(), "a place", *store_), IsOk());
  manager->Seal();
  ASSERT_THAT(manager->Unseal(next), IsOk());
  EXPECT_EQ(Snapshot()->keks()[0].destruction_place, "a place");
  EXPECT_FALSE(Snapshot()->keks()[0].destroyed.has_value());
  ASSERT_THAT(manager->EnterKekDestroyed(kek_->check_value(), *store_), IsOk());
  EXPECT_TRUE(Snapshot()->keks()[0].destroyed.has_value());
  EXPECT_THAT(manager->EnterKekDestroyed(kek_->check_value(), *store_),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
  EXPECT_THAT(manager->EnterKekDestructionBegun(kek_->check_value(), "a place", *store_),
              StatusIs(kPrecondition, ErrorReason::kKeyState));
}

}  // namespace
}  // namespace cardvault
