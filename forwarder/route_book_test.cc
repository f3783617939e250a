#include "forwarder/route_book.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "audit/audit_leaf.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

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

  absl::StatusOr<RouteBook::Switched> SetDisabled(bool disabled) {
    return book_->SetDisabled(Name("cards-h2h"), disabled, origin_);
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

// Payment "1001" of each of two merchants would be one order at the account.
TEST_F(RouteBookTest, RoutesOfOneAccountHaveTheSameOwnersUnlessAllAreShared) {
  ASSERT_TRUE(Apply(kH2hRouteDocument)->mistakes.empty());
  const std::string second =
      absl::StrReplaceAll(kH2hRouteDocument, {{"name: cards-h2h", "name: second"}});
  EXPECT_TRUE(Apply(second)->mistakes.empty());
  const std::string shop = "owners: [shop]";
  ASSERT_NE(second.find(shop), std::string::npos);
  for (const char* const owners : {"owners: [bazaar]", "owners: [shop, bazaar]"}) {
    const auto applied = Apply(absl::StrReplaceAll(second, {{shop, owners}}));
    ASSERT_THAT(applied, IsOk());
    ASSERT_EQ(applied->mistakes.size(), 1u) << owners;
    EXPECT_EQ(applied->mistakes[0].key, "owners");
    EXPECT_FALSE(applied->changed);
  }
  // Another account, and shared routes, whose order ids are of merchant and payment, may.
  EXPECT_TRUE(Apply(absl::StrReplaceAll(second, {{shop, "owners: [bazaar]"},
                                                 {"wallet_uid: ", "wallet_uid: other-"}}))
                  ->mistakes.empty());
}

// Whose ids went upstream as they are is kept, whatever became of the route since.
TEST_F(RouteBookTest, AnAccountHasOneSoleOwnerForEver) {
  const auto with_owners = [this](const std::string& owners) {
    const auto applied = Apply(absl::StrReplaceAll(
        kH2hRouteDocument, {{"owners: [shop]", absl::StrCat("owners: [", owners, "]")}}));
    EXPECT_THAT(applied, IsOk());
    return applied->mistakes.empty() ? std::string("applied") : applied->mistakes[0].key;
  };
  EXPECT_EQ(with_owners("shop"), "applied");
  EXPECT_EQ(with_owners("bazaar"), "owners");
  EXPECT_EQ(with_owners("shop, bazaar"), "applied");
  EXPECT_EQ(with_owners("bazaar"), "owners");
  Load();
  EXPECT_EQ(with_owners("bazaar"), "owners");
  EXPECT_EQ(with_owners("shop"), "applied");
  // Nor by a new route, after the first one names another account.
  ASSERT_TRUE(Apply(absl::StrReplaceAll(kH2hRouteDocument, {{"wallet-1", "wallet-2"}}))->changed);
  const auto second = Apply(absl::StrReplaceAll(
      kH2hRouteDocument, {{"name: cards-h2h", "name: second"}, {"[shop]", "[bazaar]"}}));
  ASSERT_EQ(second->mistakes.size(), 1u);
  EXPECT_EQ(second->mistakes[0].key, "owners");
}

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
  ASSERT_THAT(SetDisabled(true), IsOk());
  const auto disabled = book_->ForMerchant(Name("cards-h2h"), Merchant("shop"));
  EXPECT_EQ(disabled.status(), unknown.status());
}

TEST_F(RouteBookTest, InForceKnowsRoutesWhoeverOwnsThemAndDisabledOnesToo) {
  EXPECT_THAT(book_->InForce(Name("cards-h2h")),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  ASSERT_THAT(SetDisabled(true), IsOk());
  const auto route = book_->InForce(Name("cards-h2h"));
  ASSERT_THAT(route, IsOk());
  EXPECT_EQ(route->route->document, kH2hRouteDocument);
  EXPECT_TRUE(route->disabled);
}

TEST_F(RouteBookTest, DisablingAndEnablingAreCommittedWithTheirEntries) {
  const auto applied = Apply(kH2hRouteDocument);
  clock_.Advance(absl::Hours(1));
  const auto disabled = SetDisabled(true);
  ASSERT_THAT(disabled, IsOk());
  EXPECT_TRUE(disabled->changed);
  EXPECT_TRUE(disabled->route.disabled);
  EXPECT_EQ(disabled->route.update_time, applied->route.update_time);  // the document's
  EXPECT_EQ(LastEntry().leaf.action, AuditAction::kRouteDisabled);
  EXPECT_EQ(LastEntry().leaf.object, "cards-h2h");
  EXPECT_EQ(LastEntry().leaf.origin.principal, origin_.principal);
  EXPECT_EQ(LastEntry().sequence, disabled->route.revision);

  Load();
  EXPECT_TRUE(book_->All()[0].disabled);
  const uint64_t entries = pipeline_->audit_entry_count();
  EXPECT_FALSE(SetDisabled(true)->changed);
  EXPECT_EQ(pipeline_->audit_entry_count(), entries);

  EXPECT_TRUE(SetDisabled(false)->changed);
  EXPECT_EQ(LastEntry().leaf.action, AuditAction::kRouteEnabled);
  EXPECT_THAT(book_->ForMerchant(Name("cards-h2h"), Merchant("shop")), IsOk());
}

// The admission of a restored store is a commit of others, before which nothing is written.
TEST_F(RouteBookTest, AllAreDisabledInACommitOfTheCallers) {
  ASSERT_TRUE(Apply(kH2hRouteDocument)->changed);
  ASSERT_TRUE(Apply(kPraxisRouteDocument)->changed);
  ASSERT_THAT(book_->SetDisabled(Name("cards-praxis"), true, origin_), IsOk());
  Warrant warrant(origin_);
  ASSERT_THAT(book_->DisableAll(warrant), IsOk());
  EXPECT_FALSE(book_->ForMerchant(Name("cards-h2h"), Merchant("shop")).ok());
  ASSERT_EQ(warrant.leaves.size(), 1u);  // one was disabled already
  EXPECT_EQ(warrant.leaves[0].object, "cards-h2h");
  // A commit that came to nothing is tried again.
  Warrant again(origin_);
  ASSERT_THAT(book_->DisableAll(again), IsOk());
  EXPECT_EQ(again.leaves.size(), 1u);

  WriteSet set;
  again.Join(set);
  ASSERT_TRUE(pipeline_->SubmitAndWait(std::move(set)).committed());
  ASSERT_THAT(book_->Refresh(), IsOk());
  EXPECT_EQ(LastEntry().leaf.action, AuditAction::kRouteDisabled);
  const auto applied = Apply(absl::StrCat("# newer\n", kH2hRouteDocument));
  ASSERT_THAT(applied, IsOk());  // against the row as it is
  EXPECT_TRUE(applied->changed);
  Load();
  EXPECT_TRUE(book_->InForce(Name("cards-h2h"))->disabled);
  EXPECT_THAT(SetDisabled(false), IsOk());
  EXPECT_THAT(book_->ForMerchant(Name("cards-h2h"), Merchant("shop")), IsOk());
}

TEST_F(RouteBookTest, ANewDocumentLeavesARouteDisabled) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  ASSERT_THAT(SetDisabled(true), IsOk());
  const auto applied = Apply(absl::StrCat(kH2hRouteDocument, "# 2\n"));
  ASSERT_THAT(applied, IsOk());
  EXPECT_TRUE(applied->route.disabled);
  EXPECT_TRUE(book_->All()[0].disabled);
  Load();
  EXPECT_TRUE(book_->All()[0].disabled);
}

// The copy in memory may be behind: whoever closes a route is not sent away for that.
TEST_F(RouteBookTest, DisablingActsOnWhatIsStored) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const std::string newer = absl::StrCat(kH2hRouteDocument, "# 2\n");
  const auto other = RouteBook::Load(engine_, *pipeline_, keyring_, clock_);
  ASSERT_THAT((*other)->Apply(newer, false, origin_), IsOk());
  ASSERT_THAT(SetDisabled(true), IsOk());
  EXPECT_EQ(book_->All()[0].route->document, newer);
  EXPECT_TRUE(book_->All()[0].disabled);
}

TEST_F(RouteBookTest, DisablingThatCannotBeDoneTakesNoEffect) {
  EXPECT_THAT(SetDisabled(true), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_THAT(SetDisabled(true),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_FALSE(book_->All()[0].disabled);
}

TEST_F(RouteBookTest, CredentialsAreOfStoredRoutes) {
  const auto is_not_found = StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound);
  const RouteName route = Name("cards-h2h");
  const SecretBytes secret = SecretBytes::CopyOf("a-secret");
  EXPECT_THAT(book_->SetCredential(route, "api_secret", secret, origin_), is_not_found);
  EXPECT_THAT(book_->RotateCredential(route, "api_secret", secret, origin_), is_not_found);
  EXPECT_THAT(book_->RetireCredential(route, "api_secret", origin_), is_not_found);
  EXPECT_THAT(book_->Credentials(route), is_not_found);
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  EXPECT_THAT(book_->SetCredential(route, "api_secret", secret, origin_), IsOk());
  EXPECT_THAT(book_->RotateCredential(route, "api_secret", secret, origin_), IsOk());
  const auto opened = book_->OpenCredentials(*book_->All()[0].route);
  ASSERT_THAT(opened, IsOk());
  EXPECT_NE(opened->at("api_secret").previous, nullptr);
  EXPECT_THAT(book_->RetireCredential(route, "api_secret", origin_), IsOk());
  EXPECT_FALSE(book_->Credentials(route)->at(0).previous_set_time.has_value());
}

TEST_F(RouteBookTest, LoadReportsRowsThatDoNotParse) {
  ASSERT_THAT(Apply(kH2hRouteDocument), IsOk());
  const auto rows = store_.Scan(Table::kPolicy, "route/", "route0", 10);
  ASSERT_EQ(rows->size(), 1u);
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
