// Two operators run a vault in production, and one of them alone cannot. Promise 7, P5.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/sha256.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "server/role_table.h"
#include "tests/testing/production_vault.h"
#include "tests/testing/raw_call.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

using admin::v1::Change;
using admin::v1::ChangeService;

class FourEyesTest : public ::testing::Test {
 protected:
  void SetUp() override { vault_.Start(); }
  void TearDown() override {
    if (vault_.process().running()) {
      EXPECT_EQ(vault_.process().Stop(), 0) << vault_.process().output();
    }
  }

  void ExpectRefused(const Answer& answer, const char* reason) {
    EXPECT_NE(answer.code, grpc::StatusCode::OK);
    EXPECT_EQ(answer.reason, reason);
  }

  // Changes a stored change while the server is stopped.
  void Tamper(
      const std::string& id,
      const std::function<void(storage::v1::ChangeRow&, storage::v1::ChangeContent&)>& how) {
    vault_.Stop();
    {
      RocksDbOptions options;
      options.path = vault_.data_directory();
      const std::unique_ptr<RocksDbEngine> engine = *OpenRocksDbEngine(options);
      const std::string key = absl::StrCat("change/", id);
      const Row stored = **engine->Get(Table::kPolicy, key);
      storage::v1::ChangeRow row;
      storage::v1::ChangeContent content;
      ASSERT_TRUE(row.ParseFromString(stored.value) && content.ParseFromString(row.content()));
      how(row, content);
      row.set_content(content.SerializeAsString());
      const std::unique_ptr<EngineBatch> batch = engine->NewBatch();
      batch->Put(Table::kPolicy, key, row.SerializeAsString(), stored.revision);
      ASSERT_TRUE(batch->Commit().ok());
    }
    vault_.Start();
  }

  ProductionVault vault_;
};

TEST_F(FourEyesTest, ProductionRefusesTheDirectCallAndNoOther) {
  const auto admin = vault_.process().AdminChannel(kAlice);
  int protected_calls = 0;
  for (const MethodRule& rule : RoleTable()) {
    if (rule.port != Port::kAdmin) continue;
    // After it nothing else would be served.
    if (absl::EndsWith(rule.method, "CustodyService/Seal")) continue;
    Call call;
    const grpc::Status status = RawCall(*admin, rule.method, call, "");
    EXPECT_EQ(call.reason() == "FOUR_EYES", rule.act == Act::kFourEyes) << rule.method;
    if (rule.act != Act::kFourEyes) continue;
    ++protected_calls;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << rule.method;
  }
  EXPECT_GE(protected_calls, 7);

  Call check;  // what has no effect is open
  admin::v1::ApplyRouteRequest request;
  request.set_document(kEuRoute);
  request.set_check_only(true);
  admin::v1::ApplyRouteResponse response;
  EXPECT_TRUE(vault_.process().System()->ApplyRoute(check, request, &response).ok())
      << check.reason();
}

TEST_F(FourEyesTest, RefusesWhatIsSelfApprovedAlteredRepeatedOrOfTheWrongPeople) {
  vault_.Apply(ApplyRoles({kAlice, kBob, kDave}));
  const Change change = vault_.Propose(kAlice, ApplyRoute());
  ExpectRefused(vault_.Approve(kAlice, change), "SELF_APPROVED");
  ExpectRefused(vault_.Approve(kBob, change.id(), std::string(64, '0')), "CHANGE_ALTERED");
  ExpectRefused(vault_.Approve(kBob, change.id(), ""), "CHANGE_ALTERED");
  ExpectRefused(vault_.Approve(kBob, "aaaaaaaa", change.digest()), "NOT_FOUND");
  ExpectRefused(vault_.Approve(kAuditorUri, change), "POLICY");
  EXPECT_TRUE(vault_.Routes().empty());
  Call audit;  // who audits looks on
  admin::v1::ListChangesResponse changes;
  ASSERT_TRUE(vault_.Changes(kAuditorUri)->ListChanges(audit, {}, &changes).ok()) << audit.reason();
  EXPECT_EQ(changes.changes_size(), 2);

  EXPECT_EQ(vault_.Approve(kBob, change).change.state(), admin::v1::CHANGE_STATE_APPLIED);
  ASSERT_EQ(vault_.Routes().size(), 1u);
  const int64_t revision = vault_.Routes()[0].revision();
  const Answer again = vault_.Approve(kDave, change);
  EXPECT_EQ(again.code, grpc::StatusCode::OK);
  EXPECT_EQ(again.change.decider(), kBob);
  EXPECT_EQ(vault_.Routes()[0].revision(), revision);

  // Dave proposes and is an operator no more when it comes to it; then Bob is not.
  const Change of_dave = vault_.Propose(kDave, ApplyRoute(absl::StrCat("# dave's\n", kEuRoute)));
  vault_.Apply(ApplyRoles({kAlice, kBob}));
  ExpectRefused(vault_.Approve(kBob, of_dave), "PROPOSER_ROLE");
  const Change roles = vault_.Propose(kBob, ApplyRoles({kAlice, kBob, kDave}));
  ASSERT_EQ(vault_.Approve(kAlice, roles).change.state(), admin::v1::CHANGE_STATE_APPLIED);
  const Change of_alice = vault_.Propose(kAlice, ApplyRoute(absl::StrCat("# alice's\n", kEuRoute)));
  ASSERT_EQ(
      vault_.Approve(kAlice, vault_.Propose(kDave, ApplyRoles({kAlice, kDave}))).change.state(),
      admin::v1::CHANGE_STATE_APPLIED);
  ExpectRefused(vault_.Approve(kBob, of_alice), "POLICY");
  EXPECT_EQ(vault_.Routes()[0].revision(), revision);
}

TEST_F(FourEyesTest, RefusesWhatExpiredAndWhatWasAlteredOnTheDisk) {
  const Change change = vault_.Propose(kAlice, ApplyRoute());
  std::string digest;
  Tamper(change.id(), [](storage::v1::ChangeRow&, storage::v1::ChangeContent& content) {
    content.set_expire_micros(content.expire_micros() + 1);
  });
  ExpectRefused(vault_.Approve(kBob, change), "CHANGE_ALTERED");
  Tamper(change.id(), [&](storage::v1::ChangeRow& row, storage::v1::ChangeContent& content) {
    content.set_expire_micros(content.propose_micros());
    row.set_digest(Sha256(content.SerializeAsString()));
    digest = absl::BytesToHexString(row.digest());
  });
  ExpectRefused(vault_.Approve(kBob, change), "CHANGE_ALTERED");
  ExpectRefused(vault_.Approve(kBob, change.id(), digest), "CHANGE_EXPIRED");
  EXPECT_TRUE(vault_.Routes().empty());
}

// A SIGKILL at any moment of an approval leaves the change open and nothing done, or both done.
TEST_F(FourEyesTest, ACrashNeverPartsTheEffectFromItsApproval) {
  int applied = 0;
  for (int round = 0; round < 12; ++round) {
    const std::string name = absl::StrCat("route-", round);
    const Change change =
        vault_.Propose(kAlice, ApplyRoute(absl::StrReplaceAll(
                                   kEuRoute, {{"h2h-eu", name}, {"uid: wallet", "uid: " + name}})));
    admin::v1::ApproveChangeRequest request;
    request.set_id(change.id());
    request.set_digest(change.digest());
    const auto stub = vault_.Changes(kBob);
    const auto other = vault_.Changes(kAlice);
    const auto look = [](ChangeService::Stub& at) {
      Call call;
      admin::v1::GetConfigurationResponse ignored;
      (void)at.GetConfiguration(call, {}, &ignored);
    };
    look(*stub);  // connected
    look(*other);
    std::thread approval([&] {
      Call call;
      admin::v1::ApproveChangeResponse response;
      (void)stub->ApproveChange(call, request, &response);
    });
    // Another place of the approval each round, from before its first byte to behind its answer.
    for (int i = 0; i < round / 2; ++i) look(*other);
    vault_.process().Kill();
    approval.join();
    ASSERT_TRUE(vault_.process().Start()) << vault_.process().output();
    bool has_route = false;
    for (const admin::v1::RouteSummary& route : vault_.Routes()) has_route |= route.name() == name;
    const Change now = vault_.Get(change.id());
    EXPECT_EQ(now.state(),
              has_route ? admin::v1::CHANGE_STATE_APPLIED : admin::v1::CHANGE_STATE_PROPOSED);
    applied += has_route ? 1 : 0;
    EXPECT_EQ(vault_.Approve(kBob, change).change.state(), admin::v1::CHANGE_STATE_APPLIED);
    ASSERT_EQ(static_cast<int>(vault_.Routes().size()), round + 1);
  }
  RecordProperty("applied_before_the_crash", applied);
}

// There to be tried: the direct calls work as well.
TEST(FourEyesInSandboxModeTest, AChangeIsProposedAndApproved) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  Call roles_call;
  admin::v1::ApplyRolesRequest roles;
  roles.set_document(RoleDocument({kAlice, kBob}));
  admin::v1::ApplyRolesResponse applied;
  ASSERT_TRUE(vault.System()->ApplyRoles(roles_call, roles, &applied).ok());
  Call propose;
  admin::v1::ProposeRequest request;
  request.mutable_proposal()->mutable_apply_route()->set_document(kEuRoute);
  admin::v1::ProposeResponse proposed;
  ASSERT_TRUE(ChangeService::NewStub(vault.AdminChannel(kAlice))
                  ->Propose(propose, request, &proposed)
                  .ok());
  Call approve;
  admin::v1::ApproveChangeRequest approval;
  approval.set_id(proposed.change().id());
  approval.set_digest(proposed.change().digest());
  admin::v1::ApproveChangeResponse response;
  ASSERT_TRUE(ChangeService::NewStub(vault.AdminChannel(kBob))
                  ->ApproveChange(approve, approval, &response)
                  .ok());
  EXPECT_EQ(response.change().state(), admin::v1::CHANGE_STATE_APPLIED);
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

}  // namespace
}  // namespace cardvault::testing
