#include "forwarder/route_book.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

constexpr char kSecret[] = "a-secret-of-the-upstream";

RouteName Name(absl::string_view name) { return *RouteName::Parse(name, "route"); }
MerchantId Merchant(absl::string_view id) { return *MerchantId::Parse(id, "merchant"); }

class RouteBookTest : public ::testing::Test {
 protected:
  RouteBookTest() {
    keyring_.Set(MakeTestKeyring("vault-1"));
    pipeline_ = *CommitPipeline::Start(engine_, keyring_, clock_, {});
    Load();
  }

  void Load() { book_ = *RouteBook::Load(engine_, *pipeline_, keyring_, clock_); }

  absl::StatusOr<RouteBook::Applied> Apply(const std::string& document) {
    return book_->Apply(document, false, origin_);
  }

  absl::StatusOr<CredentialInfo> SetSecret(const char* route, const char* name,
                                           absl::string_view secret = kSecret) {
    return book_->SetCredential(Name(route), name, SecretBytes::CopyOf(secret), origin_);
  }

  AuditEntry LastEntry() { return *DecodeEntry((*store_.Last(Table::kAuditLeaves))->row.value); }

  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  FakeClock clock_;
  KeyringHolder keyring_;
  const AuditOrigin origin_{"spiffe://test/operator/one", "operator", "192.0.2.1:4711"};
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<RouteBook> book_;
};

TEST_F(RouteBookTest, ApplyCommitsWithItsEntryAndTakesEffect) {
  const auto applied = Apply(kH2hRouteDocument);
  ASSERT_THAT(applied, IsOk());
  EXPECT_TRUE(applied->mistakes.empty());
  EXPECT_TRUE(applied->changed);
  EXPECT_EQ(applied->route.update_time, clock_.Now());
  const AuditEntry entry = LastEntry();
  EXPECT_EQ(entry.leaf.action, AuditAction::kRouteApplied);
  EXPECT_EQ(entry.leaf.object, "cards-h2h");
  EXPECT_EQ(entry.leaf.origin.principal, origin_.principal);
  EXPECT_EQ(entry.sequence, applied->route.revision);

  const auto route = book_->ForMerchant(Name("cards-h2h"), Merchant("shop"));
  ASSERT_THAT(route, IsOk());
  EXPECT_EQ(route->route->document, kH2hRouteDocument);

  Load();
  ASSERT_EQ(book_->All().size(), 1u);
  EXPECT_EQ(book_->All()[0].route->document, kH2hRouteDocument);
  EXPECT_EQ(book_->All()[0].revision, applied->route.revision);
  EXPECT_EQ(book_->All()[0].update_time, clock_.Now());
}

TEST_F(RouteBookTest, ApplyOfTheSameDocumentChangesNothing) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const uint64_t entries = pipeline_->audit_entry_count();
  const auto again = Apply(kH2hRouteDocument);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(pipeline_->audit_entry_count(), entries);
  const auto other = Apply(absl::StrCat(kH2hRouteDocument, "# a comment\n"));
  ASSERT_THAT(other, IsOk());
  EXPECT_TRUE(other->changed);
  EXPECT_GT(other->route.revision, again->route.revision);
}

TEST_F(RouteBookTest, ApplyWithMistakesOrCheckOnlyStoresNothing) {
  const auto mistaken = Apply(absl::StrCat(kH2hRouteDocument, "color: red\n"));
  ASSERT_THAT(mistaken, IsOk());
  EXPECT_EQ(mistaken->mistakes.size(), 1u);
  const auto checked = book_->Apply(kH2hRouteDocument, true, origin_);
  ASSERT_THAT(checked, IsOk());
  EXPECT_FALSE(checked->changed);
  EXPECT_EQ(checked->route.route->name.value(), "cards-h2h");
  EXPECT_TRUE(book_->All().empty());
  EXPECT_EQ(store_.RowCount(Table::kPolicy), 0u);
  EXPECT_EQ(pipeline_->audit_entry_count(), 0u);
}

TEST_F(RouteBookTest, ApplyAgainstAnotherWritersIsAborted) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const auto other = RouteBook::Load(engine_, *pipeline_, keyring_, clock_);
  ASSERT_THAT((*other)->Apply(absl::StrCat(kH2hRouteDocument, "# 2\n"), false, origin_), IsOk());
  EXPECT_THAT(Apply(absl::StrCat(kH2hRouteDocument, "# 3\n")),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision));
}

TEST_F(RouteBookTest, ApplyThatCannotBeWrittenTakesNoEffect) {
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_THAT(Apply(kH2hRouteDocument),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_TRUE(book_->All().empty());
}

TEST_F(RouteBookTest, ForMerchantGivesOneAnswerForUnknownForeignAndDisabled) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const auto unknown = book_->ForMerchant(Name("nowhere"), Merchant("shop"));
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));
  EXPECT_EQ(FieldOf(unknown.status()), "route");
  const auto foreign = book_->ForMerchant(Name("cards-h2h"), Merchant("other"));
  EXPECT_EQ(foreign.status(), unknown.status());
}

TEST_F(RouteBookTest, InForceKnowsRoutesWhoeverOwnsThem) {
  EXPECT_THAT(book_->InForce(Name("cards-h2h")),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const auto route = book_->InForce(Name("cards-h2h"));
  ASSERT_THAT(route, IsOk());
  EXPECT_EQ(route->route->document, kH2hRouteDocument);
}

TEST_F(RouteBookTest, CredentialsAreSealedAndOpen) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const RouteInForce route = book_->All()[0];
  auto credentials = book_->Credentials(Name("cards-h2h"));
  ASSERT_THAT(credentials, IsOk());
  ASSERT_EQ(credentials->size(), 1u);
  EXPECT_EQ(credentials->at(0).name, "api_secret");
  EXPECT_FALSE(credentials->at(0).is_set);
  EXPECT_THAT(book_->OpenCredentials(*route.route),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));

  const auto set = SetSecret("cards-h2h", "api_secret");
  ASSERT_THAT(set, IsOk());
  EXPECT_TRUE(set->is_set);
  EXPECT_EQ(set->set_time, clock_.Now());
  const AuditEntry entry = LastEntry();
  EXPECT_EQ(entry.leaf.action, AuditAction::kCredentialSet);
  EXPECT_EQ(entry.leaf.object, "cards-h2h/api_secret");
  EXPECT_EQ(entry.leaf.key_version, 1u);

  credentials = book_->Credentials(Name("cards-h2h"));
  EXPECT_TRUE(credentials->at(0).is_set);
  const auto opened = book_->OpenCredentials(*route.route);
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->at("api_secret").current->size(), sizeof(kSecret) - 1);
  for (int i = 0; i < kTableCount; ++i) {
    const auto rows = store_.Scan(static_cast<Table>(i), "", "", 1000);
    for (const KeyedRow& row : *rows) EXPECT_FALSE(absl::StrContains(row.row.value, kSecret));
  }
}

TEST_F(RouteBookTest, CredentialNamesAreTheConnectors) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  ASSERT_THAT(Apply(kPraxisRouteDocument), IsOk());
  const auto wrong = SetSecret("cards-h2h", "merchant_secret");
  EXPECT_THAT(wrong, StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_EQ(FieldOf(wrong.status()), "name");
  EXPECT_THAT(SetSecret("cards-praxis", "merchant_secret"), IsOk());
  EXPECT_THAT(SetSecret("nowhere", "api_secret"),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  EXPECT_THAT(book_->Credentials(Name("nowhere")),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
}

TEST_F(RouteBookTest, EmptyAndOverlongSecretsAreRefused) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  EXPECT_THAT(SetSecret("cards-h2h", "api_secret", ""),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
  EXPECT_THAT(SetSecret("cards-h2h", "api_secret", std::string(4097, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid));
  EXPECT_THAT(SetSecret("cards-h2h", "api_secret", std::string(4096, 'x')), IsOk());
}

// Promise 6: a credential opens in its own row of its own vault alone.
TEST_F(RouteBookTest, MovedCredentialDoesNotOpen) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  ASSERT_THAT(Apply(kPraxisRouteDocument), IsOk());
  ASSERT_THAT(SetSecret("cards-h2h", "api_secret"), IsOk());
  ASSERT_THAT(SetSecret("cards-praxis", "merchant_secret"), IsOk());
  const auto rows = store_.Scan(Table::kCredentials, "", "", 10);
  ASSERT_EQ(rows->size(), 2u);
  store_.Plant(Table::kCredentials, rows->at(0).key, rows->at(1).row.value, 99);
  for (const RouteInForce& route : book_->All()) {
    if (route.route->connector == "praxis") {
      EXPECT_THAT(book_->OpenCredentials(*route.route), IsOk());
      continue;
    }
    EXPECT_THAT(book_->OpenCredentials(*route.route),
                StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  }
  keyring_.Set(MakeTestKeyring("vault-2"));
  EXPECT_THAT(book_->OpenCredentials(*book_->All()[1].route),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(RouteBookTest, CredentialOfAnOlderKeyVersionStillOpens) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  ASSERT_THAT(SetSecret("cards-h2h", "api_secret"), IsOk());
  keyring_.Set(MakeTestKeyring("vault-1", 2));
  EXPECT_THAT(book_->OpenCredentials(*book_->All()[0].route), IsOk());
  ASSERT_THAT(SetSecret("cards-h2h", "api_secret"), IsOk());
  EXPECT_EQ(LastEntry().leaf.key_version, 2u);
  keyring_.Set(MakeTestKeyringWithDestroyed("vault-1", 2, KeyPurpose::kRouteCredential, 1));
  EXPECT_THAT(book_->OpenCredentials(*book_->All()[0].route), IsOk());
}

TEST_F(RouteBookTest, LoadReportsRowsThatDoNotParse) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const auto rows = store_.Scan(Table::kPolicy, "", "", 10);
  const auto load = [&] { return RouteBook::Load(engine_, *pipeline_, keyring_, clock_).status(); };
  const auto is_data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  // Under another route's name.
  store_.Plant(Table::kPolicy, "route/other", rows->at(0).row.value, 1);
  EXPECT_THAT(load(), is_data_loss);
  store_.Remove(Table::kPolicy, "route/other");
  EXPECT_THAT(load(), IsOk());
  store_.Plant(Table::kPolicy, rows->at(0).key, "\xff", 1);
  EXPECT_THAT(load(), is_data_loss);
  // Other rows of the table are not routes.
  store_.Remove(Table::kPolicy, rows->at(0).key);
  store_.Plant(Table::kPolicy, "roles", "\xff", 1);
  EXPECT_THAT(load(), IsOk());
}

}  // namespace
}  // namespace cardvault
