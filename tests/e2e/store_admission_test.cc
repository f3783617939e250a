// A data directory that was put back is not served before people admit it, and then does no
// payment twice. Promises 4, 5 and 7, A3.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "tests/e2e/store_fixture_for_test.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/production_vault.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"
#include "vault/admission/restore_mark.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {
namespace {

using ::testing::HasSubstr;

TEST_F(StoreAdmissionTest, ADirectoryThatWasPutBackIsAdmittedAndPaysNothingTwice) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const auto rows = RowsOf(File("aside"));
  const std::string outside = ReadWholeFile(File("checkpoints"));
  ASSERT_NO_FATAL_FAILURE(Start());

  EXPECT_EQ(ServingState(vault()), "not-admitted");
  const admin::v1::GetStoreResponse store = StoreOf(vault());
  EXPECT_FALSE(store.admitted());
  ASSERT_EQ(store.reasons_size(), 1);
  EXPECT_EQ(store.reasons(0).kind(), "ENTRIES_MISSING");
  EXPECT_THAT(store.reasons(0).text(), HasSubstr(File("checkpoints")));
  EXPECT_EQ(store.reasons(0).missing_first(), store.audit_entry_count());
  EXPECT_GT(store.reasons(0).missing_end(), store.reasons(0).missing_first());
  const Finished shown = Cardvault({"store", "show"});
  EXPECT_THAT(shown.output, HasSubstr("NOT ADMITTED"));
  EXPECT_THAT(shown.output, HasSubstr("are missing"));

  // Everything else is refused, whoever asks.
  EXPECT_EQ(stage_.Try(PayInOf("psp", "pay-2", token_, 1200)).reason, "NOT_ADMITTED");
  Call tokenize, routes, checkpoint, roles;
  v1::TokenizeResponse token;
  EXPECT_FALSE(vault()
                   .Ingest()
                   ->Tokenize(tokenize, TokenizeOf("card-9", std::string(kVisaTestPan), ""), &token)
                   .ok());
  EXPECT_EQ(tokenize.reason(), "NOT_ADMITTED");
  admin::v1::ListRoutesResponse listed;
  EXPECT_FALSE(vault().System()->ListRoutes(routes, {}, &listed).ok());
  EXPECT_EQ(routes.reason(), "NOT_ADMITTED");
  // But for the checkpoint that it keeps: a file that was lost begins with that.
  admin::v1::GetCheckpointResponse note;
  EXPECT_TRUE(admin::v1::AuditService::NewStub(vault().AdminChannel(kAuditorUri))
                  ->GetCheckpoint(checkpoint, {}, &note)
                  .ok());
  EXPECT_FALSE(note.fresh());
  EXPECT_THAT(note.checkpoint(), HasSubstr("/log/1\n"));
  admin::v1::ApplyRolesResponse applied;
  EXPECT_FALSE(vault().System()->ApplyRoles(roles, {}, &applied).ok());
  EXPECT_EQ(roles.reason(), "NOT_ADMITTED");

  // It has written nothing: not of its start, its refusals, its reads or its end.
  EXPECT_EQ(vault().Stop(), 0) << vault().output();
  EXPECT_EQ(RowsOf(vault().data_directory()), rows);
  EXPECT_EQ(ReadWholeFile(File("checkpoints")), outside);
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ServingState(vault()), "not-admitted");

  const Finished admitted = Cardvault({"store", "admit", "--deletions-unknown"});
  EXPECT_EQ(admitted.exit_code, 0) << admitted.output;
  EXPECT_THAT(admitted.output, HasSubstr("log 2"));
  EXPECT_EQ(ServingState(vault()), "serving");
  EXPECT_TRUE(StoreOf(vault()).admitted());
  EXPECT_EQ(StoreOf(vault()).restored_entry_count(), store.audit_entry_count());
  std::string reason;
  EXPECT_FALSE(Admit(vault(), &reason).ok());
  EXPECT_EQ(reason, "KEY_STATE");

  // No version of before encrypts; what it sealed opens.
  Call keys_call;
  admin::v1::ListKeysResponse keys;
  ASSERT_TRUE(admin::v1::KeyService::NewStub(vault().AdminChannel(kOperatorUri))
                  ->ListKeys(keys_call, {}, &keys)
                  .ok());
  std::set<std::string> active, before;
  for (const admin::v1::KeyVersionInfo& key : keys.keys()) {
    (key.version() == 1 ? before : active).insert(key.purpose());
    EXPECT_EQ(key.state() == admin::v1::KEY_STATE_ACTIVE, key.version() == 2) << key.purpose();
  }
  EXPECT_EQ(active, before);

  // No route is what it was before somebody says so.
  EXPECT_EQ(stage_.Token("card-1"), token_);  // the same request is the same token
  EXPECT_EQ(stage_.Try(PayInOf("psp", "pay-2", token_, 1200)).reason, "ROUTE_UNKNOWN");
  EXPECT_EQ(Cardvault({"route", "enable", "psp"}).exit_code, 0);

  // A payment that the ledger forgot is found, not sent; what is new goes out when it is sure that
  // it is.
  const int port = stage_.Port("praxis");
  ASSERT_EQ(stage_.sandbox().Order(port, "pay-2").booked, 1);
  const v1::Payment found = stage_.Pay(PayInOf("psp", "pay-2", token_, 1200));
  EXPECT_EQ(StateName(found), "APPROVED");
  EXPECT_TRUE(found.found_upstream());
  EXPECT_EQ(stage_.Try(RefundOf("pay-2", "refund-2", 1200)).reason, "CARD_CHANGED");
  EXPECT_EQ(stage_.sandbox().Order(port, "pay-2").booked, 1);
  EXPECT_EQ(stage_.sandbox().Order(port, "pay-2").posts, 1);
  PaymentAnswer sent = stage_.Try(PayInOf("psp", "pay-3", token_, 700));
  while (sent.reason == "LOOK_UP_FAILED") sent = stage_.Try(PayInOf("psp", "pay-3", token_, 700));
  EXPECT_EQ(sent.reason, "");
  EXPECT_EQ(StateName(sent.payment), "APPROVED");
  EXPECT_EQ(stage_.sandbox().Order(port, "pay-3").booked, 1);

  // As an auditor has it: what came outside before his export.
  std::filesystem::copy_file(File("checkpoints"), File("seen"));
  ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-2.jsonl")}).exit_code, 0);
  Words keys_of_both = VerifierKeys();
  keys_of_both.insert(keys_of_both.end(), log_1_keys_.begin(), log_1_keys_.end());
  ASSERT_EQ(vault().Stop(), 0) << vault().output();
  const std::string declared = "declared restore of log 1 at size ";
  Verify({File("log-2.jsonl"), "--checkpoint", File("seen")}, keys_of_both, 0, declared);
  Verify({File("log-1.jsonl"), File("log-2.jsonl"), "--no-anchor"}, keys_of_both, 0, declared);

  Words of_store = {"cli/cardvault",          "audit",        "verify",           "--store",
                    vault().data_directory(), "--checkpoint", File("checkpoints")};
  of_store.insert(of_store.end(), keys_of_both.begin(), keys_of_both.end());
  const Finished checked = RunToEnd(of_store, File("out"));
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_THAT(checked.output, HasSubstr("in log 2"));

  // Once admitted, for good.
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ServingState(vault()), "serving");
  EXPECT_EQ(StoreOf(vault()).log(), 2);
}

TEST_F(StoreAdmissionTest, ARestoreMarkKeepsTheStoreShut) {
  ASSERT_EQ(vault().Stop(), 0);
  {
    const auto engine = OpenStore(vault().data_directory());
    ASSERT_TRUE(PutRestoreMark(*engine, {"backup-7", absl::FromUnixSeconds(1'750'000'000), 12,
                                         absl::FromUnixSeconds(1'750'000'500)})
                    .ok());
  }
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ServingState(vault()), "not-admitted");
  EXPECT_EQ(ReasonsOf(StoreOf(vault())), std::set<std::string>{"RESTORED"});
  EXPECT_THAT(StoreOf(vault()).reasons(0).text(), HasSubstr("backup-7"));
  ASSERT_TRUE(Admit(vault()).ok());
  ASSERT_EQ(vault().Stop(), 0);
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ServingState(vault()), "serving");
}

TEST_F(StoreAdmissionTest, AnotherMachineIsNotServedBeforeItIsAdmittedThere) {
  ASSERT_EQ(vault().Stop(), 0);
  WriteWholeFile(File("machine-id"), "machine-b\n");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ReasonsOf(StoreOf(vault())), std::set<std::string>{"OTHER_MACHINE"});
  ASSERT_TRUE(Admit(vault()).ok());
  EXPECT_EQ(ServingState(vault()), "serving");

  // A second time: the third log begins, and the verifiers follow.
  ASSERT_EQ(vault().Stop(), 0);
  WriteWholeFile(File("machine-id"), "machine-a\n");
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ServingState(vault()), "not-admitted");
  ASSERT_TRUE(Admit(vault()).ok());
  EXPECT_EQ(StoreOf(vault()).log(), 3);
  ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-3.jsonl")}).exit_code, 0);
  Verify({File("log-3.jsonl"), "--no-anchor"}, VerifierKeys(), 0, "declared restore of log 2");
}

TEST(StoreAdmissionInProductionTest, TwoOperatorsAdmitAStoreThatWasPutBack) {
  ProductionVault vault;
  vault.Start();
  vault.Apply(ApplyRoles({kAlice, kBob}));
  vault.Stop();
  CopyDirectory(vault.data_directory(), vault.File("aside"));
  vault.Start();
  vault.Apply(ApplyRoute());
  vault.Stop();
  CopyDirectory(vault.File("aside"), vault.data_directory());
  vault.Start();
  EXPECT_EQ(vault.ServingState(), "not-admitted");

  std::string reason;
  EXPECT_FALSE(Admit(vault.process(), &reason).ok());
  EXPECT_EQ(reason, "FOUR_EYES");
  // Nothing else is proposed meanwhile.
  admin::v1::ProposeRequest other;
  *other.mutable_proposal() = ApplyRoute();
  Call other_call;
  admin::v1::ProposeResponse ignored;
  EXPECT_FALSE(vault.Changes(kAlice)->Propose(other_call, other, &ignored).ok());
  EXPECT_EQ(other_call.reason(), "NOT_ADMITTED");

  const Finished proposed = vault.Run("alice", {"store", "admit", "--deletions-unknown"});
  EXPECT_EQ(proposed.exit_code, 0) << proposed.output;
  const std::string id = WordAfter(proposed.output, "change approve ");
  EXPECT_EQ(vault.Approve(kAlice, id, vault.Get(id).digest()).reason, "SELF_APPROVED");
  EXPECT_EQ(vault.ServingState(), "not-admitted");
  EXPECT_THAT(vault.Run("bob", {"change", "show", id}).output,
              HasSubstr("admitted after a restore"));
  const Answer approved = vault.Approve(kBob, id, vault.Get(id).digest());
  EXPECT_EQ(approved.reason, "");
  EXPECT_EQ(approved.change.state(), admin::v1::CHANGE_STATE_APPLIED);
  EXPECT_EQ(approved.change.decider(), kBob);
  EXPECT_EQ(vault.ServingState(), "serving");
  EXPECT_EQ(vault.Get(id).proposer(), kAlice);
  EXPECT_TRUE(vault.Routes().empty());
  vault.Apply(ApplyRoute());
  // That nothing is looked up any more two say as well.
  Call direct;
  admin::v1::ChangeLookUpRequest ended;
  ended.set_ends_now(true);
  admin::v1::ChangeLookUpResponse response;
  EXPECT_FALSE(StoreService::NewStub(vault.process().AdminChannel(kAlice))
                   ->ChangeLookUp(direct, ended, &response)
                   .ok());
  EXPECT_EQ(direct.reason(), "FOUR_EYES");
  EXPECT_EQ(StoreOf(vault.process()).unaskable_routes_size(), 1);
  admin::v1::Proposal enough;
  *enough.mutable_change_look_up() = ended;
  vault.Apply(enough);
  EXPECT_EQ(StoreOf(vault.process()).unaskable_routes_size(), 0);
  vault.Restart();
  EXPECT_EQ(StoreOf(vault.process()).unaskable_routes_size(), 0);
  EXPECT_EQ(vault.ServingState(), "serving");
  EXPECT_EQ(vault.Get(id).state(), admin::v1::CHANGE_STATE_APPLIED);

  // What people did while nothing could be entered stands behind the admission.
  vault.Stop();
  bool is_admitted = false;
  int self_approved = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    is_admitted = is_admitted || entry.leaf.action == AuditAction::kStoreAdmitted;
    if (entry.leaf.reason != ErrorReason::kSelfApproved) continue;
    EXPECT_TRUE(is_admitted);
    EXPECT_EQ(entry.leaf.origin.principal, kAlice);
    ++self_approved;
  }
  EXPECT_EQ(self_approved, 1);
}

// A proposal that nobody approved is gone with the process, as it says.
TEST(StoreAdmissionInProductionTest, AHeldProposalIsLostAtTheNextStart) {
  ProductionVault vault;
  vault.Start();
  vault.Stop();
  {
    const auto engine = OpenStore(vault.data_directory());
    ASSERT_TRUE(PutRestoreMark(*engine, {"b", absl::UnixEpoch(), 1, absl::UnixEpoch()}).ok());
  }
  vault.Start();
  admin::v1::Proposal proposal;
  *proposal.mutable_admit_store() = AdmissionOf(vault.process());
  const admin::v1::Change change = vault.Propose(kAlice, proposal);
  Call reject;
  admin::v1::RejectChangeRequest rejected;
  rejected.set_id(change.id());
  admin::v1::RejectChangeResponse response;
  ASSERT_TRUE(vault.Changes(kBob)->RejectChange(reject, rejected, &response).ok());
  EXPECT_EQ(response.change().state(), admin::v1::CHANGE_STATE_REJECTED);
  EXPECT_EQ(vault.Approve(kBob, change).reason, "CHANGE_ENDED");
  const admin::v1::Change second = vault.Propose(kAlice, proposal);
  vault.Restart();
  EXPECT_EQ(vault.ServingState(), "not-admitted");
  EXPECT_EQ(vault.Approve(kBob, second).code, grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace cardvault::testing
