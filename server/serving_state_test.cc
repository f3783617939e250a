#include "server/serving_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/error_reason.h"
#include "server/role_table.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

TEST(ServingStateTest, RefusesWhatIsNotServedUnderARestriction) {
  ServingState state(Restriction::kSealed);
  EXPECT_THAT(state.Check({}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_THAT(state.Check(Restriction::kSealed), IsOk());
  EXPECT_THAT(state.Check(Restrictions::All()), IsOk());
  EXPECT_EQ(state.Name(), "sealed");

  state.Lift(Restriction::kSealed);
  EXPECT_THAT(state.Check({}), IsOk());
  EXPECT_EQ(state.Name(), "serving");

  state.Impose(Restriction::kSealed);
  EXPECT_FALSE(state.Check({}).ok());
}

// Nothing is unsealed under a configuration that nobody approved.
TEST(ServingStateTest, TheApprovalIsWhatACallerHearsOfFirst) {
  ServingState state(Restrictions(Restriction::kSealed) | Restriction::kConfigUnapproved);
  EXPECT_EQ(state.Name(), "config-unapproved");
  EXPECT_THAT(state.Check({}),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kConfigUnapproved));
  state.Lift(Restriction::kConfigUnapproved);
  EXPECT_EQ(state.Name(), "sealed");
}

TEST(ServingStateTest, ObserverHearsTheStateAtOnceAndOfEachChange) {
  ServingState state(Restriction::kSealed);
  std::vector<bool> told;
  state.Observe([&](bool is_serving) { told.push_back(is_serving); });
  state.Impose(Restriction::kSealed);  // no change
  state.Lift(Restriction::kSealed);
  state.Impose(Restriction::kSealed);
  EXPECT_EQ(told, (std::vector<bool>{false, true, false}));
  state.Observe(nullptr);
  state.Lift(Restriction::kSealed);
  EXPECT_EQ(told.size(), 3u);
}

// Nothing that touches a card, a payment, a route or the role map, but by two people.
TEST(ServingStateTest, ARestrictedServerServesAListedFew) {
  using Methods = std::vector<absl::string_view>;
  const Methods always = {"/cardvault.admin.v1.SystemService/GetStatus",
                          "/cardvault.admin.v1.KeyService/GetKeyStatus",
                          "/cardvault.admin.v1.ChangeService/Propose",
                          "/cardvault.admin.v1.ChangeService/ListChanges",
                          "/cardvault.admin.v1.ChangeService/GetChange",
                          "/cardvault.admin.v1.ChangeService/ApproveChange",
                          "/cardvault.admin.v1.ChangeService/RejectChange",
                          "/cardvault.admin.v1.ChangeService/GetConfiguration",
                          "/cardvault.admin.v1.StoreService/GetStore",
                          "/cardvault.admin.v1.StoreService/AdmitStore",
                          "/cardvault.admin.v1.CustodyService/GetCustodyStatus",
                          "/cardvault.admin.v1.CustodyService/Seal"};
  Methods not_admitted = always;
  not_admitted.push_back("/cardvault.admin.v1.CustodyService/SubmitShare");
  Methods logged = always;
  for (const char* const call :
       {"Export", "WatchEntries", "GetCheckpoint", "ProveInclusion", "ProveConsistency"}) {
    for (const MethodRule& rule : RoleTable()) {
      if (absl::EndsWith(rule.method, call)) logged.push_back(rule.method);
    }
  }
  Methods sealed = logged;
  sealed.push_back("/cardvault.admin.v1.CustodyService/SubmitShare");
  sealed.push_back("/cardvault.admin.v1.CustodyService/AcknowledgeDuties");
  for (const auto& [restriction, expected] :
       {std::pair{Restriction::kSealed, sealed}, std::pair{Restriction::kConfigUnapproved, logged},
        std::pair{Restriction::kNotAdmitted, not_admitted}}) {
    const ServingState state(restriction);
    Methods served;
    for (const MethodRule& rule : RoleTable()) {
      if (state.Check(rule.served_under).ok()) served.push_back(rule.method);
    }
    EXPECT_THAT(served, ::testing::UnorderedElementsAreArray(expected));
  }
}

}  // namespace
}  // namespace cardvault
