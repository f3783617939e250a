#include "forwarder/route_credentials.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "audit/audit_leaf.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "forwarder/credential_rows.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

// Told apart by their sizes: nobody here may look into a secret.
constexpr char kFirst[] = "first-secret";
constexpr char kSecond[] = "the-second-secret";
constexpr char kThird[] = "the-third-secret-of-all";

std::shared_ptr<const Route> Parsed(const char* document) { return ParseRoute(document).route; }

class RouteCredentialsTest : public ::testing::Test {
 protected:
  RouteCredentialsTest() {
    keyring_.Set(MakeTestKeyring("vault-1"));
    pipeline_ = *CommitPipeline::Start(engine_, keyring_, clock_, {});
    credentials_ = std::make_unique<RouteCredentials>(engine_, *pipeline_, keyring_, clock_);
  }

  absl::StatusOr<CredentialInfo> Set(absl::string_view secret,
                                     absl::string_view name = "api_secret") {
    return credentials_->Set(*h2h_, name, SecretBytes::CopyOf(secret), origin_);
  }
  absl::StatusOr<CredentialInfo> Rotate(absl::string_view secret,
                                        absl::string_view name = "api_secret") {
    return credentials_->Rotate(*h2h_, name, SecretBytes::CopyOf(secret), origin_);
  }
  absl::StatusOr<CredentialInfo> Retire(absl::string_view name = "api_secret") {
    return credentials_->Retire(*h2h_, name, origin_);
  }

  // The live versions, opened: the current one is `current`, and the earlier one `previous`.
  void ExpectVersions(absl::string_view current, absl::string_view previous) {
    const absl::StatusOr<RouteSecrets> opened = credentials_->Open(*h2h_);
    ASSERT_THAT(opened, IsOk());
    const RouteSecret& secret = opened->at("api_secret");
    EXPECT_EQ(secret.current->size(), current.size());
    EXPECT_EQ(secret.previous == nullptr ? 0 : secret.previous->size(), previous.size());
  }

  void ExpectLastEntry(AuditAction action, uint32_t key_version) {
    const AuditEntry entry = *DecodeEntry((*store_.Last(Table::kAuditLeaves))->row.value);
    EXPECT_EQ(entry.leaf.action, action);
    EXPECT_EQ(entry.leaf.object, "cards-h2h/api_secret");
    EXPECT_EQ(entry.leaf.origin.principal, origin_.principal);
    EXPECT_EQ(entry.leaf.key_version, key_version);
  }

  const std::shared_ptr<const Route> h2h_ = Parsed(kH2hRouteDocument);
  const std::shared_ptr<const Route> praxis_ = Parsed(kPraxisRouteDocument);
  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  FakeClock clock_;
  KeyringHolder keyring_;
  const AuditOrigin origin_{"spiffe://test/operator/one", "operator", "192.0.2.1:4711"};
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<RouteCredentials> credentials_;
};

TEST_F(RouteCredentialsTest, SetSealsTheOneVersion) {
  const auto none = credentials_->List(*h2h_);
  ASSERT_THAT(none, IsOk());
  ASSERT_EQ(none->size(), 1u);
  EXPECT_EQ(none->at(0).name, "api_secret");
  EXPECT_FALSE(none->at(0).is_set);
  EXPECT_THAT(credentials_->Open(*h2h_),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));

  const auto set = Set(kFirst);
  ASSERT_THAT(set, IsOk());
  EXPECT_TRUE(set->is_set);
  EXPECT_EQ(set->set_time, clock_.Now());
  EXPECT_FALSE(set->previous_set_time.has_value());
  ExpectLastEntry(AuditAction::kCredentialSet, 1);
  EXPECT_TRUE(credentials_->List(*h2h_)->at(0).is_set);
  ExpectVersions(kFirst, "");
}

TEST_F(RouteCredentialsTest, RotateKeepsTheEarlierVersionWithItsTime) {
  ASSERT_THAT(Set(kFirst), IsOk());
  const absl::Time first_time = clock_.Now();
  clock_.Advance(absl::Hours(5));
  const auto rotated = Rotate(kSecond);
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->set_time, clock_.Now());
  EXPECT_EQ(rotated->previous_set_time, first_time);
  ExpectLastEntry(AuditAction::kCredentialRotated, 1);
  ExpectVersions(kSecond, kFirst);
  EXPECT_EQ(credentials_->List(*h2h_)->at(0).previous_set_time, first_time);
}

TEST_F(RouteCredentialsTest, RetireDeletesTheEarlierVersion) {
  ASSERT_THAT(Set(kFirst), IsOk());
  ASSERT_THAT(Rotate(kSecond), IsOk());
  const absl::Time second_time = clock_.Now();
  clock_.Advance(absl::Hours(5));
  const auto retired = Retire();
  ASSERT_THAT(retired, IsOk());
  EXPECT_EQ(retired->set_time, second_time);
  EXPECT_FALSE(retired->previous_set_time.has_value());
  ExpectLastEntry(AuditAction::kCredentialRetired, 0);
  ExpectVersions(kSecond, "");
  EXPECT_EQ(store_.RowCount(Table::kCredentials), 1u);
  ASSERT_THAT(Rotate(kThird), IsOk());
  ExpectVersions(kThird, kSecond);
}

TEST_F(RouteCredentialsTest, SetEndsARotation) {
  ASSERT_THAT(Set(kFirst), IsOk());
  ASSERT_THAT(Rotate(kSecond), IsOk());
  const auto set = Set(kThird);
  ASSERT_THAT(set, IsOk());
  EXPECT_FALSE(set->previous_set_time.has_value());
  ExpectVersions(kThird, "");
  EXPECT_EQ(store_.RowCount(Table::kCredentials), 1u);
}

TEST_F(RouteCredentialsTest, WhatDoesNotFitTheStateIsRefusedAndChangesNothing) {
  const auto is_refused =
      StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCredentialState);
  EXPECT_THAT(Rotate(kFirst), is_refused);
  EXPECT_THAT(Retire(), is_refused);
  EXPECT_EQ(store_.RowCount(Table::kCredentials), 0u);
  ASSERT_THAT(Set(kFirst), IsOk());
  EXPECT_THAT(Retire(), is_refused);
  ASSERT_THAT(Rotate(kSecond), IsOk());
  const uint64_t entries = pipeline_->audit_entry_count();
  const auto again = Rotate(kThird);
  EXPECT_THAT(again, is_refused);
  EXPECT_THAT(std::string(again.status().message()), ::testing::HasSubstr("retire"));
  EXPECT_EQ(pipeline_->audit_entry_count(), entries);
  ExpectVersions(kSecond, kFirst);
}

// One set of writes each: what fails leaves everything, what is reported as failed may be whole.
TEST_F(RouteCredentialsTest, AFailedCommitLeavesTheVersionsBeforeOrAfter) {
  using Fault = FaultInjectingEngine::CommitFault;
  ASSERT_THAT(Set(kFirst), IsOk());
  const auto fails = [this](Fault fault, auto&& change) {
    engine_.FailCommit(1, fault);
    EXPECT_THAT(change(), StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
    pipeline_ = *CommitPipeline::Start(engine_, keyring_, clock_, {});
    credentials_ = std::make_unique<RouteCredentials>(engine_, *pipeline_, keyring_, clock_);
  };
  fails(Fault::kNotWritten, [this] { return Rotate(kSecond); });
  ExpectVersions(kFirst, "");
  fails(Fault::kWritten, [this] { return Rotate(kSecond); });
  ExpectVersions(kSecond, kFirst);
  fails(Fault::kNotWritten, [this] { return Retire(); });
  ExpectVersions(kSecond, kFirst);
  fails(Fault::kWritten, [this] { return Retire(); });
  ExpectVersions(kSecond, "");
}

// What was read may be another's by the time of the commit.
TEST_F(RouteCredentialsTest, ChangesThatRestOnWhatIsGoneAreNotCommitted) {
  const CredentialRows rows(engine_);
  const auto commit = [this](WriteSet set) {
    set.leaves = {AuditLeaf{AuditAction::kCredentialRotated}};
    return pipeline_->SubmitAndWait(std::move(set)).kind;
  };
  ASSERT_THAT(Set(kFirst), IsOk());
  WriteSet late_rotation;
  ASSERT_THAT(rows.Rotate(**keyring_.Snapshot(), h2h_->name, "api_secret",
                          SecretBytes::CopyOf(kThird), clock_.Now(), late_rotation),
              IsOk());
  ASSERT_THAT(Set(kSecond), IsOk());
  EXPECT_EQ(commit(std::move(late_rotation)), CommitResult::Kind::kConditionFailed);
  ExpectVersions(kSecond, "");

  ASSERT_THAT(Rotate(kThird), IsOk());
  WriteSet late_retirement;
  ASSERT_THAT(rows.Retire(h2h_->name, "api_secret", late_retirement), IsOk());
  ASSERT_THAT(Set(kFirst), IsOk());
  ASSERT_THAT(Rotate(kSecond), IsOk());
  EXPECT_EQ(commit(std::move(late_retirement)), CommitResult::Kind::kConditionFailed);
  ExpectVersions(kSecond, kFirst);
}

TEST_F(RouteCredentialsTest, OfManyRotationsAtOnceOneIsDone) {
  ASSERT_THAT(Set(kFirst), IsOk());
  std::vector<absl::Status> statuses(8);
  std::vector<std::thread> threads;
  for (absl::Status& status : statuses) {
    threads.emplace_back([this, &status] { status = Rotate(kSecond).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  int done = 0;
  for (const absl::Status& status : statuses) {
    done += status.ok();
    if (!status.ok()) {
      EXPECT_THAT(status,
                  StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCredentialState));
    }
  }
  EXPECT_EQ(done, 1);
  ExpectVersions(kSecond, kFirst);
}

TEST_F(RouteCredentialsTest, NoSecretStandsInTheStoreInTheClear) {
  ASSERT_THAT(Set(kFirst), IsOk());
  ASSERT_THAT(Rotate(kSecond), IsOk());
  int rows = 0;
  for (int i = 0; i < kTableCount; ++i) {
    const std::vector<KeyedRow> found = *store_.Scan(static_cast<Table>(i), "", "", 1000);
    for (const KeyedRow& row : found) {
      ++rows;
      EXPECT_FALSE(absl::StrContains(row.row.value, kFirst));
      EXPECT_FALSE(absl::StrContains(row.row.value, kSecond));
    }
  }
  EXPECT_GE(rows, 4);
}

TEST_F(RouteCredentialsTest, NamesAreTheConnectors) {
  for (const auto& refused :
       {Set(kFirst, "merchant_secret"), Rotate(kFirst, "merchant_secret"), Retire("other")}) {
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
    EXPECT_EQ(FieldOf(refused.status()), "name");
  }
  EXPECT_THAT(credentials_->Set(*praxis_, "merchant_secret", SecretBytes::CopyOf(kFirst), origin_),
              IsOk());
}

TEST_F(RouteCredentialsTest, EmptyAndOverlongSecretsAreRefused) {
  ASSERT_THAT(Set(std::string(kMaxCredentialSize, 'x')), IsOk());
  for (const auto& refused : {Set(""), Rotate("")}) {
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
    EXPECT_EQ(FieldOf(refused.status()), "secret");
  }
  const std::string overlong(kMaxCredentialSize + 1, 'x');
  for (const auto& refused : {Set(overlong), Rotate(overlong)}) {
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
    EXPECT_EQ(FieldOf(refused.status()), "secret");
  }
}

// Promise 6: a credential opens in its own row of its own vault alone, its slot included: an
// earlier version that is put back as the current one does not sign.
TEST_F(RouteCredentialsTest, MovedBytesDoNotOpen) {
  const auto is_data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  ASSERT_THAT(Set(kFirst), IsOk());
  ASSERT_THAT(Rotate(kSecond), IsOk());
  ASSERT_THAT(credentials_->Set(*praxis_, "merchant_secret", SecretBytes::CopyOf(kThird), origin_),
              IsOk());
  const std::vector<KeyedRow> rows = *store_.Scan(Table::kCredentials, "", "", 10);
  ASSERT_EQ(rows.size(), 3u);
  const std::string current = std::string("cards-h2h\0api_secret\0\0\0\0\0", 25);
  const std::string previous = std::string("cards-h2h\0api_secret\0\0\0\0\1", 25);
  EXPECT_EQ(rows[0].key, current);
  EXPECT_EQ(rows[1].key, previous);
  const auto plant = [&](const std::string& key, const KeyedRow& row) {
    store_.Plant(Table::kCredentials, key, row.row.value, 99);
  };
  plant(current, rows[1]);
  EXPECT_THAT(credentials_->Open(*h2h_), is_data_loss);
  plant(current, rows[2]);
  EXPECT_THAT(credentials_->Open(*h2h_), is_data_loss);
  plant(current, rows[0]);
  EXPECT_THAT(credentials_->Open(*h2h_), IsOk());
  plant(previous, rows[0]);
  EXPECT_THAT(credentials_->Open(*h2h_), is_data_loss);
  EXPECT_THAT(credentials_->Open(*praxis_), IsOk());
  keyring_.Set(MakeTestKeyring("vault-2"));
  EXPECT_THAT(credentials_->Open(*praxis_), is_data_loss);
}

TEST_F(RouteCredentialsTest, RowsThatDoNotParseOrBelongAreReported) {
  const auto is_data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  ASSERT_THAT(Set(kFirst), IsOk());
  ASSERT_THAT(Rotate(kSecond), IsOk());
  const std::vector<KeyedRow> rows = *store_.Scan(Table::kCredentials, "", "", 10);
  store_.Remove(Table::kCredentials, rows[0].key);
  EXPECT_THAT(credentials_->Open(*h2h_), is_data_loss);  // an earlier one alone
  store_.Plant(Table::kCredentials, rows[0].key, "\xff", 99);
  EXPECT_THAT(credentials_->Open(*h2h_), is_data_loss);
  EXPECT_THAT(credentials_->List(*h2h_), is_data_loss);
  store_.Plant(Table::kCredentials, rows[0].key, rows[0].row.value, 99);
  EXPECT_THAT(credentials_->Open(*h2h_), IsOk());
  std::string third_slot = rows[0].key;
  third_slot.back() = '\2';
  store_.Plant(Table::kCredentials, third_slot, rows[0].row.value, 99);
  EXPECT_THAT(credentials_->Open(*h2h_), is_data_loss);
  // Set mends what it replaces.
  store_.Remove(Table::kCredentials, third_slot);
  store_.Plant(Table::kCredentials, rows[0].key, "\xff", 99);
  EXPECT_THAT(Set(kThird), IsOk());
  ExpectVersions(kThird, "");
}

TEST_F(RouteCredentialsTest, OlderKeyVersionsOpenAndARotationSealsBothAnew) {
  ASSERT_THAT(Set(kFirst), IsOk());
  keyring_.Set(MakeTestKeyring("vault-1", 2));
  ExpectVersions(kFirst, "");
  ASSERT_THAT(Rotate(kSecond), IsOk());
  ExpectLastEntry(AuditAction::kCredentialRotated, 2);
  keyring_.Set(MakeTestKeyringWithDestroyed("vault-1", 2, KeyPurpose::kRouteCredential, 1));
  ExpectVersions(kSecond, kFirst);
}

}  // namespace
}  // namespace cardvault
