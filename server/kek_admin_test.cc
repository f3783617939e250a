#include "server/kek_admin.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/custody/custody_record.h"
#include "keys/custody/testing/test_custody.h"
#include "keys/testing/fake_kek_provider.h"
#include "server/custody_row.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
namespace {

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

// A KEK of any provider and generation that is a function of its seed.
class NamedKek final : public KekProvider {
 public:
  NamedKek(std::string name, uint32_t generation, const std::string& seed)
      : name_(std::move(name)), generation_(generation), kek_(seed) {}

  absl::string_view name() const override { return name_; }
  std::string check_value() const override { return kek_.check_value(); }
  uint32_t generation() const override { return generation_; }
  absl::StatusOr<std::string> Wrap(const SecretBytes& key) override { return kek_.Wrap(key); }
  absl::StatusOr<SecretBytes> Unwrap(absl::string_view wrapped) override {
    return kek_.Unwrap(wrapped);
  }

 private:
  const std::string name_;
  const uint32_t generation_;
  FakeKekProvider kek_;
};

// A place in memory that outlives its source, as a token outlives the process.
struct Shelf {
  std::string provider = "pkcs11";
  std::string name = {};                      // and the beginning of its KEKs' seeds
  std::map<uint32_t, std::string> keks = {};  // seeds by generation
  absl::Status open_fails = {};               // what every Open answers
  absl::Status destroy_fails = {};

  void Put(uint32_t generation) { keks[generation] = absl::StrCat(name, " ", generation); }
};

class FakeKekSource final : public KekSource {
 public:
  explicit FakeKekSource(Shelf& shelf) : shelf_(shelf) {}

  absl::string_view provider() const override { return shelf_.provider; }
  std::string place() const override { return shelf_.name; }
  absl::StatusOr<bool> Exists(uint32_t generation) override {
    return shelf_.keks.count(generation) > 0;
  }
  absl::Status Create(uint32_t generation) override {
    shelf_.Put(generation);
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<KekProvider>> Open(uint32_t generation) override {
    RETURN_IF_ERROR(shelf_.open_fails);
    const auto found = shelf_.keks.find(generation);
    if (found == shelf_.keks.end()) return NotFound(ErrorReason::kNotFound, "no such KEK");
    return std::make_unique<NamedKek>(shelf_.provider, generation, found->second);
  }
  absl::Status Destroy(uint32_t generation, absl::string_view check_value) override {
    RETURN_IF_ERROR(shelf_.destroy_fails);
    ASSIGN_OR_RETURN(const std::unique_ptr<KekProvider> kek, Open(generation));
    if (kek->check_value() != check_value) {
      return FailedPrecondition(ErrorReason::kKeyState, "another KEK");
    }
    shelf_.keks.erase(generation);
    return absl::OkStatus();
  }

 private:
  Shelf& shelf_;
};

class KekAdminTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    Start();
    Open();
    old_.Put(1);
    Configure({&old_, &next_});
    EXPECT_THAT(manager_->Create(vault_id_, *Kek(old_, 1)), IsOk());
    EXPECT_THAT(manager_->Unseal(Kek(old_, 1)), IsOk());
  }
  void TearDown() override { Close(); }

  static std::shared_ptr<KekProvider> Kek(const Shelf& shelf, uint32_t generation) {
    return std::make_shared<NamedKek>(shelf.provider, generation, shelf.keks.at(generation));
  }

  void Open() {
    keyring_store_ = std::make_unique<KeyringRowStore>(engine_, *pipeline_);
    manager_ = std::make_unique<KeyringManager>(*keyring_store_, keyring_, clock_,
                                                KeyringManager::Options());
  }
  void Close() {
    admin_ = nullptr;
    manager_ = nullptr;
    keyring_store_ = nullptr;
  }
  // The sections `kek` and `kek_next`; null: custody.
  void Configure(const std::vector<Shelf*>& shelves) {
    std::vector<KekPlaces::Place> places;
    for (Shelf* shelf : shelves) {
      if (shelf == nullptr) {
        places.push_back({"custody", nullptr});
      } else {
        places.push_back({shelf->provider, std::make_unique<FakeKekSource>(*shelf)});
      }
    }
    admin_ = nullptr;
    places_ = std::make_unique<KekPlaces>(std::move(places));
    admin_ = std::make_unique<KekAdmin>(KekAdmin::Parts{
        keyring_, *manager_, engine_, *pipeline_, *places_, [this] { return ++purges_ > 0; }});
  }
  // As after a kill: what the stored keyring names is looked for and opens it.
  void Restart(const std::vector<Shelf*>& shelves) {
    Close();
    pipeline_ = nullptr;
    Start();
    Open();
    Configure(shelves);
    const absl::StatusOr<KekVersionInfo> stored = manager_->ReadKek();
    ASSERT_THAT(stored, IsOk());
    absl::StatusOr<std::shared_ptr<KekProvider>> kek = places_->Find(*stored);
    ASSERT_THAT(kek, IsOk());
    ASSERT_THAT(manager_->Unseal(*std::move(kek)), IsOk());
  }

  absl::StatusOr<admin::v1::KekInfo> Rotate(bool to_next) {
    admin::v1::RotateKekRequest request;
    request.set_to_next(to_next);
    ASSIGN_OR_RETURN(const auto response,
                     admin_->Rotate(AuditOrigin{"ann", "operator", ""}, request));
    return response.kek();
  }
  absl::Status Destroy(const std::string& check_value) {
    admin::v1::DestroyKekRequest request;
    request.set_check_value(check_value);
    return admin_->Destroy(AuditOrigin{"ann", "operator", ""}, request).status();
  }
  KekVersionInfo InUse() const { return (*keyring_.Snapshot())->keks().back(); }
  std::vector<std::string> ObjectsOf(AuditAction action) {
    std::vector<std::string> objects;
    for (const AuditEntry& entry : Log()) {
      if (entry.leaf.action == action) objects.push_back(entry.leaf.object);
    }
    return objects;
  }

  const VaultId vault_id_ = *VaultId::Parse("vault-1", "vault_id");
  Shelf old_{.name = "old"};
  Shelf next_{.name = "next"};
  std::unique_ptr<KeyringRowStore> keyring_store_;
  std::unique_ptr<KeyringManager> manager_;
  std::unique_ptr<KekPlaces> places_;
  std::unique_ptr<KekAdmin> admin_;
  int purges_ = 0;
};

// One configuration serves before the move, after it, and until the KEK before is gone; then `kek`
// is the new place.
TEST_F(KekAdminTest, AKekMovesToTheNextPlace) {
  const std::string first = InUse().check_value;
  ASSERT_THAT(Rotate(/*to_next=*/false), IsOk());
  EXPECT_EQ(old_.keks.size(), 2u);
  const std::string second = InUse().check_value;
  const auto moved = Rotate(/*to_next=*/true);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->generation(), 3);
  EXPECT_EQ(next_.keks.count(3), 1u);
  EXPECT_EQ(purges_, 2);
  Restart({&old_, &next_});
  EXPECT_EQ(InUse().check_value, moved->check_value());
  EXPECT_THAT(Rotate(/*to_next=*/true), StatusIs(kPrecondition, ErrorReason::kKeyState));

  // Beside the one in use, wherever that is.
  ASSERT_THAT(Rotate(/*to_next=*/false), IsOk());
  EXPECT_EQ(next_.keks.count(4), 1u);

  EXPECT_THAT(Destroy(first), IsOk());
  EXPECT_THAT(Destroy(moved->check_value()), IsOk());
  EXPECT_EQ(old_.keks.count(1), 0u);
  EXPECT_EQ(next_.keks.count(3), 0u);
  // The old place is configured no more: what lies there is not said to be gone.
  Restart({&next_});
  EXPECT_THAT(Destroy(second), StatusIs(kPrecondition, ErrorReason::kMode));
  EXPECT_EQ(old_.keks.count(2), 1u);
  EXPECT_EQ(ObjectsOf(AuditAction::kKekDestructionBegun).size(), 2u);
  Restart({&old_, &next_});
  EXPECT_THAT(Destroy(second), IsOk());
  EXPECT_TRUE(old_.keks.empty());
  Restart({&next_});
  EXPECT_THAT(Rotate(/*to_next=*/false), IsOk());
  EXPECT_EQ(InUse().generation, 5u);
}

TEST_F(KekAdminTest, ItMovesToAnotherProvider) {
  next_.provider = "file";
  Configure({&old_, &next_});
  EXPECT_EQ(*admin_->CheckRotate([] {
    admin::v1::RotateKekRequest request;
    request.set_to_next(true);
    return request;
  }()),
            "file");
  const std::string first = InUse().check_value;
  ASSERT_THAT(Rotate(/*to_next=*/true), IsOk());
  EXPECT_EQ(ObjectsOf(AuditAction::kKekRotated),
            std::vector<std::string>({absl::StrCat("file 2 kcv ", InUse().check_value)}));
  // A retired one of a provider that is configured no more.
  Configure({&next_});
  EXPECT_THAT(Destroy(first), StatusIs(kPrecondition, ErrorReason::kMode));
  EXPECT_EQ(old_.keks.size(), 1u);
  EXPECT_TRUE(ObjectsOf(AuditAction::kKekDestructionBegun).empty());
  // A start with the old section alone names what is missing.
  Configure({&old_});
  const auto found = places_->Find(InUse());
  EXPECT_THAT(found, StatusIs(kPrecondition, ErrorReason::kMode));
  EXPECT_NE(std::string(found.status().message()).find("`provider: file`"), std::string::npos);
}

TEST_F(KekAdminTest, WhatCannotBeIsRefusedBeforeAnythingIsMade) {
  Configure({&old_});
  EXPECT_THAT(Rotate(/*to_next=*/true), StatusIs(kPrecondition, ErrorReason::kMode));
  Configure({&old_, nullptr});
  EXPECT_THAT(Rotate(/*to_next=*/true), StatusIs(kPrecondition, ErrorReason::kMode));
  // A KEK that lies there already is stepped over, and never used.
  Configure({&old_, &next_});
  next_.Put(2);
  ASSERT_THAT(Rotate(/*to_next=*/true), IsOk());
  EXPECT_EQ(InUse().generation, 3u);
  EXPECT_EQ(next_.keks.count(2), 1u);
  for (uint32_t generation = 4; generation < 30; ++generation) old_.Put(generation);
  Configure({&next_, &old_});
  EXPECT_THAT(Rotate(/*to_next=*/true),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
}

// Of two places the one in which the KEK itself is, not one of its generation.
TEST_F(KekAdminTest, AnotherKekOfTheGenerationIsNotTaken) {
  next_.Put(1);
  Restart({&next_, &old_});
  EXPECT_EQ(places_->PlaceOf(InUse()).value()->place(), "old");
  // Where nothing can be seen, it may be.
  next_.open_fails = Unavailable(ErrorReason::kInternal, "away");
  EXPECT_THAT(places_->Find(InUse()), IsOk());
  old_.keks.clear();
  EXPECT_THAT(places_->Find(InUse()), StatusIs(absl::StatusCode::kUnavailable));
  next_.open_fails = absl::OkStatus();
  EXPECT_THAT(places_->Find(InUse()), StatusIs(absl::StatusCode::kDataLoss));
}

// A commit whose answer was lost: both are kept, and a start finds the one that the keyring names.
TEST_F(KekAdminTest, AfterALostAnswerBothAreKept) {
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_THAT(Rotate(/*to_next=*/true), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(old_.keks.size() + next_.keks.size(), 2u);
  Restart({&old_, &next_});
  EXPECT_EQ(InUse().generation, 1u);
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kWritten);
  EXPECT_THAT(Rotate(/*to_next=*/true), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(old_.keks.size() + next_.keks.size(), 3u);
  Restart({&old_, &next_});
  EXPECT_EQ(InUse().generation, 3u);
  EXPECT_EQ(InUse().check_value, Kek(next_, 3)->check_value());
}

// Killed between the deletion and its entry: the place in which it was seen says that it is gone,
// and no other.
TEST_F(KekAdminTest, ADeletionIsEnteredByTheNextTry) {
  const std::string first = InUse().check_value;
  ASSERT_THAT(Rotate(/*to_next=*/true), IsOk());
  next_.destroy_fails = old_.destroy_fails = Unavailable(ErrorReason::kInternal, "away");
  EXPECT_THAT(Destroy(first), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ((*keyring_.Snapshot())->keks().front().destruction_place, "old");
  old_.destroy_fails = next_.destroy_fails = absl::OkStatus();
  Restart({&next_});
  EXPECT_THAT(Destroy(first), StatusIs(kPrecondition, ErrorReason::kMode));
  old_.keks.clear();
  Restart({&old_, &next_});
  EXPECT_THAT(Destroy(first), IsOk());
  EXPECT_TRUE((*keyring_.Snapshot())->keks().front().destroyed.has_value());
  EXPECT_EQ(ObjectsOf(AuditAction::kKekDestroyed).size(), 1u);
}

// One that was removed by hand: nobody knows whether it is gone.
TEST_F(KekAdminTest, WhatWasNeverSeenThereIsNotEnteredAsGone) {
  const std::string first = InUse().check_value;
  ASSERT_THAT(Rotate(/*to_next=*/true), IsOk());
  old_.keks.clear();
  EXPECT_THAT(Destroy(first), StatusIs(kPrecondition, ErrorReason::kMode));
  EXPECT_FALSE((*keyring_.Snapshot())->keks().front().destroyed.has_value());
}

TEST_F(KekAdminTest, AKekThatIsLeftBehindIsToldOf) {
  // Made, and not to be opened.
  Configure({&old_, &next_});
  next_.provider = "file";
  Configure({&old_, &next_});
  next_.open_fails = DataLoss("cannot be read");
  EXPECT_THAT(Rotate(/*to_next=*/true), StatusIs(kPrecondition));
  EXPECT_EQ(ObjectsOf(AuditAction::kKekLeftUnused), std::vector<std::string>({"file 2"}));
  EXPECT_EQ(InUse().generation, 1u);
  next_.open_fails = absl::OkStatus();
  // Refused by the commit, and not to be deleted again.
  next_.destroy_fails = Unavailable(ErrorReason::kInternal, "away");
  AuditOrigin ann{"ann", "operator", ""};
  WriteSet never;
  never.preconditions.push_back(Precondition::Unchanged(Table::kKeys, "keyring", 12345));
  admin::v1::RotateKekRequest request;
  request.set_to_next(true);
  EXPECT_FALSE(admin_->Rotate(Warrant(ann, std::move(never)), request).ok());
  EXPECT_EQ(ObjectsOf(AuditAction::kKekLeftUnused), std::vector<std::string>({"file 2", "file 3"}));
  next_.destroy_fails = absl::OkStatus();
  never = {};
  never.preconditions.push_back(Precondition::Unchanged(Table::kKeys, "keyring", 12345));
  EXPECT_FALSE(admin_->Rotate(Warrant(ann, std::move(never)), request).ok());
  EXPECT_EQ(next_.keks.count(4), 0u);
  EXPECT_EQ(ObjectsOf(AuditAction::kKekLeftUnused).size(), 2u);
}

// The record of custodians goes with their KEK, in the same commit.
TEST_F(KekAdminTest, FromCustodyTheRecordGoesToo) {
  const TestCustody custody(2, 3);
  WriteSet set = CustodySet(custody.made.record, std::nullopt);
  set.leaves.push_back(Leaf("custody", AuditAction::kCustodyReplaced));
  KeyringRowStore with_record(engine_, *pipeline_,
                              Warrant({"ann", "operator", ""}, std::move(set)));
  const auto kek = std::make_shared<NamedKek>("custody", 2, "shares");
  ASSERT_THAT(manager_->Rewrap(kek, with_record), IsOk());
  ASSERT_TRUE((*ReadCustody(engine_)).has_value());

  Configure({nullptr, &next_});
  EXPECT_THAT(Rotate(/*to_next=*/false), StatusIs(kPrecondition, ErrorReason::kMode));
  const auto moved = Rotate(/*to_next=*/true);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->generation(), 3);
  EXPECT_FALSE((*ReadCustody(engine_)).has_value());
  // Its shares are people's.
  EXPECT_THAT(Destroy(kek->check_value()), StatusIs(kPrecondition, ErrorReason::kMode));
  Restart({nullptr, &next_});
}

TEST_F(KekAdminTest, WhatIsNoCheckValueIsNotLookedFor) {
  for (const char* text : {"", "12345", "1234567", "12345G", "ABCDEF", "12 456"}) {
    EXPECT_THAT(Destroy(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(Destroy("000000"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace cardvault
