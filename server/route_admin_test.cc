#include "server/route_admin.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "forwarder/testing/route_documents.h"
#include "gtest/gtest.h"
#include "keys/keyring_holder.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

constexpr char kRoute[] = "cards-h2h";
constexpr char kCredential[] = "api_secret";

template <typename Request>
Request Named(const char* route) {
  Request request;
  request.set_route(route);
  return request;
}

template <typename Request>
Request ForCredential(const char* secret) {
  Request request = Named<Request>(kRoute);
  request.set_name(kCredential);
  request.set_secret(secret);
  return request;
}

class RouteAdminTest : public ::testing::Test {
 protected:
  RouteAdminTest() {
    keyring_.Set(MakeTestKeyring("vault-1"));
    pipeline_ = *CommitPipeline::Start(store_, keyring_, clock_, {});
    routes_ = *RouteBook::Load(store_, *pipeline_, keyring_, clock_);
    const std::string document =
        absl::StrCat(kH2hRouteDocument,
                     "limits: {amounts: {USD: {min: 100}, KRW: {max: 5}}, payments_per_minute: 9}\n"
                     "reconcile: {in_doubt_after: 1500ms}\n");
    EXPECT_TRUE(routes_->Apply(document, false, caller_.origin)->changed);
    sandbox_ = std::make_unique<RouteAdmin>(*routes_, *pipeline_, VaultMode::kSandbox);
    production_ = std::make_unique<RouteAdmin>(*routes_, *pipeline_, VaultMode::kProduction);
  }

  absl::StatusOr<admin::v1::SetRouteCredentialResponse> Set(RouteAdmin& admin) {
    auto request = ForCredential<admin::v1::SetRouteCredentialRequest>("one");
    return admin.SetCredential(caller_, request);
  }
  absl::StatusOr<admin::v1::RotateRouteCredentialResponse> Rotate(RouteAdmin& admin) {
    auto request = ForCredential<admin::v1::RotateRouteCredentialRequest>("two");
    return admin.RotateCredential(caller_, request);
  }
  absl::StatusOr<admin::v1::RetireRouteCredentialResponse> Retire(RouteAdmin& admin) {
    auto request = Named<admin::v1::RetireRouteCredentialRequest>(kRoute);
    request.set_name(kCredential);
    return admin.RetireCredential(caller_, request);
  }
  absl::StatusOr<admin::v1::DisableRouteResponse> Disable(RouteAdmin& admin,
                                                          const char* route = kRoute) {
    auto request = Named<admin::v1::DisableRouteRequest>(route);
    return admin.Disable(caller_, request);
  }
  absl::StatusOr<admin::v1::EnableRouteResponse> Enable(RouteAdmin& admin) {
    auto request = Named<admin::v1::EnableRouteRequest>(kRoute);
    return admin.Enable(caller_, request);
  }
  absl::StatusOr<admin::v1::GetRouteResponse> Get(const char* route = kRoute) {
    auto request = Named<admin::v1::GetRouteRequest>(route);
    return production_->Get(caller_, request);
  }

  AuditAction LastAction() {
    return DecodeEntry((*store_.Last(Table::kAuditLeaves))->row.value)->leaf.action;
  }

  FakeEngine store_;
  FakeClock clock_;
  KeyringHolder keyring_;
  const Caller caller_{*ParseIdentity("spiffe://test/operator/one"),
                       Role::kOperator,
                       {"spiffe://test/operator/one", "operator", "192.0.2.1:4711"}};
  std::unique_ptr<CommitPipeline> pipeline_;
  std::unique_ptr<RouteBook> routes_;
  std::unique_ptr<RouteAdmin> sandbox_;
  std::unique_ptr<RouteAdmin> production_;
};

// Promise 7: one person alone can make things safer, and nothing else, in production.
TEST_F(RouteAdminTest, InProductionOneOperatorDisablesAndDoesNothingElse) {
  const auto is_refused = StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMode);
  EXPECT_THAT(Set(*production_), is_refused);
  ASSERT_THAT(Set(*sandbox_), IsOk());
  EXPECT_THAT(Rotate(*production_), is_refused);
  ASSERT_THAT(Rotate(*sandbox_), IsOk());
  EXPECT_THAT(Retire(*production_), is_refused);
  admin::v1::ApplyRouteRequest apply;
  apply.set_document(kPraxisRouteDocument);
  EXPECT_THAT(production_->Apply(caller_, apply), is_refused);

  const auto disabled = Disable(*production_);
  ASSERT_THAT(disabled, IsOk());
  EXPECT_TRUE(disabled->changed());
  EXPECT_TRUE(disabled->route().disabled());
  EXPECT_THAT(Enable(*production_), is_refused);
  EXPECT_TRUE(Get()->route().disabled());
}

TEST_F(RouteAdminTest, SwitchingTellsWhetherItWasAChange) {
  EXPECT_FALSE(Enable(*sandbox_)->changed());
  EXPECT_EQ(LastAction(), AuditAction::kAdminRead);
  EXPECT_TRUE(Disable(*sandbox_)->changed());
  EXPECT_EQ(LastAction(), AuditAction::kRouteDisabled);
  EXPECT_FALSE(Disable(*sandbox_)->changed());
  EXPECT_EQ(LastAction(), AuditAction::kAdminRead);
  const auto enabled = Enable(*sandbox_);
  EXPECT_TRUE(enabled->changed());
  EXPECT_FALSE(enabled->route().disabled());
  EXPECT_EQ(LastAction(), AuditAction::kRouteEnabled);
}

TEST_F(RouteAdminTest, GetShowsTheDocumentAndWhatHolds) {
  const auto got = Get();
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(LastAction(), AuditAction::kAdminRead);
  EXPECT_EQ(got->document(), routes_->All()[0].route->document);
  const admin::v1::RouteLimits& limits = got->route().limits();
  EXPECT_EQ(limits.payments_per_minute(), 9);
  ASSERT_EQ(limits.amounts_size(), 2);
  EXPECT_EQ(limits.amounts(0).currency(), "KRW");
  EXPECT_EQ(limits.amounts(0).min(), 1);
  EXPECT_EQ(limits.amounts(0).max(), 5);
  EXPECT_EQ(limits.amounts(1).min(), 100);
  EXPECT_EQ(limits.amounts(1).max(), 0);
  EXPECT_EQ(got->reconcile().in_doubt_after().seconds(), 1);
  EXPECT_EQ(got->reconcile().in_doubt_after().nanos(), 500'000'000);
  EXPECT_EQ(got->reconcile().review_after().seconds(), 24 * 3600);
  EXPECT_FALSE(got->reconcile().has_not_found_after());
}

TEST_F(RouteAdminTest, CredentialsShowTheirTimes) {
  EXPECT_FALSE(Get()->route().credentials(0).is_set());
  ASSERT_THAT(Set(*sandbox_), IsOk());
  const int64_t first = absl::ToUnixSeconds(clock_.Now());
  EXPECT_FALSE(Get()->route().credentials(0).has_previous_set_time());
  clock_.Advance(absl::Hours(1));
  const auto rotated = Rotate(*sandbox_);
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->credential().set_time().seconds(), first + 3600);
  EXPECT_EQ(rotated->credential().previous_set_time().seconds(), first);
  EXPECT_EQ(Get()->route().credentials(0).previous_set_time().seconds(), first);
  const auto retired = Retire(*sandbox_);
  ASSERT_THAT(retired, IsOk());
  EXPECT_EQ(retired->credential().set_time().seconds(), first + 3600);
  EXPECT_FALSE(retired->credential().has_previous_set_time());
}

TEST_F(RouteAdminTest, UnknownRoutesAndBadNamesAreRefused) {
  EXPECT_THAT(Get("nowhere"), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  EXPECT_THAT(Disable(*production_, "nowhere"),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  for (const absl::Status& refused : {Get("a b").status(), Disable(*sandbox_, "").status()}) {
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(FieldOf(refused), "route");
  }
}

}  // namespace
}  // namespace cardvault
