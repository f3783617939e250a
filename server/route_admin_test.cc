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
    admin_ = std::make_unique<RouteAdmin>(*routes_, *pipeline_);
  }

  absl::StatusOr<admin::v1::SetRouteCredentialResponse> Set() {
    auto request = ForCredential<admin::v1::SetRouteCredentialRequest>("one");
    return admin_->SetCredential(caller_, request);
  }
  absl::StatusOr<admin::v1::RotateRouteCredentialResponse> Rotate() {
    auto request = ForCredential<admin::v1::RotateRouteCredentialRequest>("two");
    return admin_->RotateCredential(caller_, request);
  }
  absl::StatusOr<admin::v1::RetireRouteCredentialResponse> Retire() {
    auto request = Named<admin::v1::RetireRouteCredentialRequest>(kRoute);
    request.set_name(kCredential);
    return admin_->RetireCredential(caller_, request);
  }
  absl::StatusOr<admin::v1::DisableRouteResponse> Disable(const char* route = kRoute) {
    auto request = Named<admin::v1::DisableRouteRequest>(route);
    return admin_->Disable(caller_, request);
  }
  absl::StatusOr<admin::v1::EnableRouteResponse> Enable() {
    auto request = Named<admin::v1::EnableRouteRequest>(kRoute);
    return admin_->Enable(caller_, request);
  }
  absl::StatusOr<admin::v1::GetRouteResponse> Get(const char* route = kRoute) {
    auto request = Named<admin::v1::GetRouteRequest>(route);
    return admin_->Get(caller_, request);
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
  std::unique_ptr<RouteAdmin> admin_;
};

TEST_F(RouteAdminTest, SwitchingTellsWhetherItWasAChange) {
  EXPECT_FALSE(Enable()->changed());
  EXPECT_EQ(LastAction(), AuditAction::kAdminRead);
  EXPECT_TRUE(Disable()->changed());
  EXPECT_EQ(LastAction(), AuditAction::kRouteDisabled);
  EXPECT_FALSE(Disable()->changed());
  EXPECT_EQ(LastAction(), AuditAction::kAdminRead);
  const auto enabled = Enable();
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
  ASSERT_THAT(Set(), IsOk());
  const int64_t first = absl::ToUnixSeconds(clock_.Now());
  EXPECT_FALSE(Get()->route().credentials(0).has_previous_set_time());
  clock_.Advance(absl::Hours(1));
  const auto rotated = Rotate();
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(rotated->credential().set_time().seconds(), first + 3600);
  EXPECT_EQ(rotated->credential().previous_set_time().seconds(), first);
  EXPECT_EQ(Get()->route().credentials(0).previous_set_time().seconds(), first);
  const auto retired = Retire();
  ASSERT_THAT(retired, IsOk());
  EXPECT_EQ(retired->credential().set_time().seconds(), first + 3600);
  EXPECT_FALSE(retired->credential().has_previous_set_time());
}

TEST_F(RouteAdminTest, UnknownRoutesAndBadNamesAreRefused) {
  EXPECT_THAT(Get("nowhere"), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  EXPECT_THAT(Disable("nowhere"), StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  for (const absl::Status& refused : {Get("a b").status(), Disable("").status()}) {
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(FieldOf(refused), "route");
  }
}

}  // namespace
}  // namespace cardvault
