// A1: the entries of ChangeService's RPCs, in success and in failure, as event_rows.cc has them.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/event_witness.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/production_vault.h"

namespace cardvault::testing {
namespace {

std::string Rpc(const char* name) {
  return absl::StrCat("cardvault.admin.v1.ChangeService/", name);
}

TEST(ChangeEventsTest, EachRpcHasTheEntriesOfItsRow) {
  ProductionVault vault;
  vault.Start();
  EventWitness witness(vault.process());
  const auto done = [&](const char* rpc, const char* who,
                        const google::protobuf::Message& request) {
    return witness.Succeeds<admin::v1::ProposeResponse>(Rpc(rpc), who, request);
  };
  admin::v1::ProposeRequest propose;
  witness.Fails(Rpc("Propose"), kAlice, propose);
  *propose.mutable_proposal() = ApplyRoute();
  const admin::v1::Change dropped = done("Propose", kAlice, propose).change();
  done("ListChanges", kBob, admin::v1::ListChangesRequest());
  admin::v1::GetChangeRequest get;
  get.set_id("none");
  witness.Fails(Rpc("GetChange"), kBob, get);
  get.set_id(dropped.id());
  done("GetChange", kBob, get);
  admin::v1::RejectChangeRequest reject;
  reject.set_id("none");
  witness.Fails(Rpc("RejectChange"), kBob, reject);
  reject.set_id(dropped.id());
  done("RejectChange", kBob, reject);

  const admin::v1::Change change = done("Propose", kAlice, propose).change();
  admin::v1::ApproveChangeRequest approve;
  approve.set_digest(change.digest());
  approve.set_id("none");
  witness.Fails(Rpc("ApproveChange"), kBob, approve);
  approve.set_id(change.id());
  witness.FailsWith(Rpc("ApproveChange"), kAlice, approve.SerializeAsString(),
                    "admin.refused refused SELF_APPROVED -");
  done("ApproveChange", kBob, approve);
  done("GetConfiguration", kBob, admin::v1::GetConfigurationRequest());

  witness.ExpectAllOf("cardvault.admin.v1.ChangeService");
  vault.Stop();
  const std::vector<AuditEntry> log = ReadAuditLog(vault.data_directory());
  witness.Check(log);
  for (const AuditEntry& entry : log) {
    const bool is_of_a_change = absl::StartsWith(ActionName(entry.leaf.action), "change.") ||
                                entry.leaf.action == AuditAction::kRouteApplied;
    EXPECT_EQ(entry.leaf.origin.change.empty(), !is_of_a_change) << entry.sequence;
  }
}

}  // namespace
}  // namespace cardvault::testing
