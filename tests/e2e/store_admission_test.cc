// A data directory that was put back is not served before people admit it, and then does no
// payment twice. Promises 4, 5 and 7, A3.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/restored_log.h"
#include "base/clock.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "cardvault/admin/v1/key_service.grpc.pb.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "keys/keyring_holder.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/production_vault.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"
#include "vault/admission/admission.h"
#include "vault/admission/restore_mark.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/write_set.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"

namespace cardvault::testing {
namespace {

using admin::v1::StoreService;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

void CopyDirectory(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  std::filesystem::permissions(to, std::filesystem::perms::owner_all);
}

std::unique_ptr<RocksDbEngine> OpenStore(const std::string& directory) {
  RocksDbOptions options;
  options.path = directory;
  absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return *std::move(engine);
}

// Every row of every table, with its revision.
std::map<std::pair<int, std::string>, std::pair<uint64_t, std::string>> RowsOf(
    const std::string& directory) {
  std::map<std::pair<int, std::string>, std::pair<uint64_t, std::string>> rows;
  const auto engine = OpenStore(directory);
  for (int table = 0; table < kTableCount; ++table) {
    const std::vector<KeyedRow> scanned =
        *engine->Scan(static_cast<Table>(table), "", "", 1'000'000);
    for (const KeyedRow& row : scanned) {
      rows[{table, row.key}] = {row.row.revision, row.row.value};
    }
  }
  return rows;
}

admin::v1::GetStoreResponse StoreOf(VaultProcess& vault) {
  Call call;
  admin::v1::GetStoreResponse store;
  EXPECT_TRUE(
      StoreService::NewStub(vault.AdminChannel(kOperatorUri))->GetStore(call, {}, &store).ok());
  return store;
}

std::string ServingState(VaultProcess& vault) {
  Call call;
  admin::v1::GetStatusResponse status;
  EXPECT_TRUE(vault.System()->GetStatus(call, {}, &status).ok());
  return status.serving_state();
}

std::set<std::string> ReasonsOf(const admin::v1::GetStoreResponse& store) {
  std::set<std::string> kinds;
  for (const admin::v1::AdmissionReason& reason : store.reasons()) kinds.insert(reason.kind());
  return kinds;
}

// Of the store as it is.
admin::v1::AdmitStoreRequest AdmissionOf(VaultProcess& vault) {
  const admin::v1::GetStoreResponse store = StoreOf(vault);
  admin::v1::AdmitStoreRequest request;
  request.set_audit_entry_count(store.audit_entry_count());
  request.set_declared_log(store.declared().log());
  request.set_declared_size(store.declared().size());
  request.set_deletions_unknown(true);
  return request;
}

grpc::Status Admit(VaultProcess& vault, std::string* reason = nullptr,
                   std::optional<admin::v1::AdmitStoreRequest> given = std::nullopt) {
  const admin::v1::AdmitStoreRequest request = given.has_value() ? *given : AdmissionOf(vault);
  Call call;
  admin::v1::AdmitStoreResponse response;
  const grpc::Status status =
      StoreService::NewStub(vault.AdminChannel(kOperatorUri))->AdmitStore(call, request, &response);
  if (reason != nullptr) *reason = call.reason();
  return status;
}

class StoreAdmissionTest : public ::testing::Test {
 protected:
  std::string File(const std::string& name) { return vault().directory().File(name); }
  VaultProcess& vault() { return stage_.vault(); }

  void Start() {
    ASSERT_TRUE(vault().Start()) << vault().output();
    stage_.Connect();
  }

  Finished Cardvault(Words words) {
    Words all = {"cli/cardvault", "--profile", vault().WriteProfile()};
    all.insert(all.end(), words.begin(), words.end());
    return RunToEnd(all, File("out"));
  }

  // As options of a verifier: the keys of the log in force.
  Words VerifierKeys() {
    Words options;
    const std::string keys = Cardvault({"audit", "keys"}).output;
    for (absl::string_view line : absl::StrSplit(keys, '\n')) {
      const size_t begin = line.find("cardvault/");
      if (begin == absl::string_view::npos) continue;
      options.insert(options.end(), {"--key", std::string(line.substr(begin))});
    }
    return options;
  }

  // What both verifiers say.
  void Verify(Words options, const Words& keys, int exit_code, const std::string& text) {
    options.insert(options.end(), keys.begin(), keys.end());
    for (Words words : {Words{"cli/cardvault", "audit", "verify"},
                        Words{"/usr/bin/python3", "docs/verify/verify_audit_export.py"}}) {
      words.insert(words.end(), options.begin(), options.end());
      const Finished verified = RunToEnd(words, File("out"));
      EXPECT_EQ(verified.exit_code, exit_code) << verified.output;
      EXPECT_THAT(verified.output, HasSubstr(text));
    }
  }

  // A token and a stopped vault, whose directory is put back after a payment with that token.
  void PutBack() {
    // So that a "not found" counts two seconds after the admission.
    stage_.AddPraxisRoute("psp", absl::StrCat(kImpatient, "reconcile: {not_found_after: 10ms}\n"));
    token_ = stage_.Token("card-1");
    log_1_keys_ = VerifierKeys();
    ASSERT_EQ(vault().Stop(), 0);
    CopyDirectory(vault().data_directory(), File("aside"));
    Start();
    ASSERT_EQ(stage_.Token("card-1"), token_);
    EXPECT_EQ(StateName(stage_.Pay(PayInOf("psp", "pay-2", token_, 1200))), "APPROVED");
    stage_.Token("card-2");
    ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-1.jsonl")}).exit_code, 0);
    ASSERT_EQ(vault().Stop(), 0);
    CopyDirectory(File("aside"), vault().data_directory());
  }

  PaymentStage stage_;
  std::string token_;
  Words log_1_keys_;
};

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

// Whoever puts a directory back and goes on as if nothing had been is found by the verifiers.
TEST_F(StoreAdmissionTest, AStoreThatWentOnUndeclaredIsARollback) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const std::string outside = ReadWholeFile(File("checkpoints"));
  // With a file of checkpoints that ends where the directory does: nothing tells the server.
  WriteWholeFile(File("seen"), outside);
  const auto entries = [&] { return StoreOf(vault()).audit_entry_count(); };
  std::string kept;
  for (size_t begin = 0; begin < outside.size();) {
    const size_t next = outside.find("\ncardvault/", begin);
    const size_t end = next == std::string::npos ? outside.size() : next + 1;
    const std::string note = outside.substr(begin, end - begin);
    const size_t size_at = note.find('\n') + 1;
    const auto rows = RowsOf(File("aside"));
    size_t log_size = 0;
    for (const auto& [key, value] : rows) {
      log_size += key.first == static_cast<int>(Table::kAuditLeaves) ? 1 : 0;
    }
    if (std::stoul(note.substr(size_at)) <= log_size) absl::StrAppend(&kept, note);
    begin = end;
  }
  WriteWholeFile(File("checkpoints"), kept);
  ASSERT_NO_FATAL_FAILURE(Start());
  ASSERT_EQ(ServingState(vault()), "serving");
  for (int i = 0; i < 60; ++i) entries();
  ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-1b.jsonl")}).exit_code, 0);
  ASSERT_EQ(vault().Stop(), 0);
  Verify({File("log-1b.jsonl"), "--checkpoint", File("seen")}, log_1_keys_, 1,
         "rolled back or forked");
}

// Whoever writes the disk and has no key says that people admitted what he put back.
TEST_F(StoreAdmissionTest, AnAdmissionThatNobodyMadeOpensNothing) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  {
    const auto engine = OpenStore(vault().data_directory());
    const KeyringHolder no_key;
    CommitPipeline::Options options;
    options.is_closed = true;
    const auto pipeline = CommitPipeline::Start(*engine, no_key, SystemClock(), options);
    ASSERT_TRUE(pipeline.ok());
    Admission forged;
    forged.log = 8;
    forged.restored_size = (*pipeline)->audit_entry_count();
    forged.before = {7, uint64_t{1} << 60, {}};
    WriteSet set;
    AuditLeaf leaf{AuditAction::kLogRestored};
    leaf.object = FormatRestoredLog(forged.before);
    set.leaves.push_back(std::move(leaf));
    set.puts.push_back(AdmissionPut(forged));
    ASSERT_TRUE((*pipeline)->SubmitAndWait(std::move(set)).committed());
  }
  EXPECT_FALSE(vault().Start());
  EXPECT_THAT(vault().output(), HasSubstr("does not say of its last admission"));
  CopyDirectory(File("aside"), vault().data_directory());
  Start();
}

// Notes are appended to a file by whoever may; what was once outside stays so.
TEST_F(StoreAdmissionTest, WhatOthersAppendOutsideHidesNothing) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const std::string outside = ReadWholeFile(File("checkpoints"));
  const std::string first = outside.substr(0, outside.find("\ncardvault/") + 1);
  WriteWholeFile(File("checkpoints"), absl::StrCat(outside, first));
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(ReasonsOf(StoreOf(vault())), std::set<std::string>{"ENTRIES_MISSING"});
  EXPECT_EQ(StoreOf(vault()).declared().signature(), "VERIFIED");
  const admin::v1::AdmitStoreRequest seen = AdmissionOf(vault());

  // One that claims more than there ever was, in the name of the vault's key.
  const std::string last = outside.substr(outside.rfind("\ncardvault/") + 1);
  const size_t size_at = last.find('\n') + 1;
  const std::string forged = absl::StrCat(last.substr(0, size_at), uint64_t{1} << 60,
                                          last.substr(last.find('\n', size_at)));
  WriteWholeFile(File("checkpoints"), absl::StrCat(outside, forged));
  std::string reason;
  EXPECT_FALSE(Admit(vault(), &reason, seen).ok());
  EXPECT_EQ(reason, "REVISION");
  EXPECT_EQ(StoreOf(vault()).declared().signature(), "WRONG");
  EXPECT_FALSE(Admit(vault(), &reason).ok());
  EXPECT_EQ(reason, "UNVERIFIED");

  // What is no checkpoint at all, and a file that was mended.
  WriteWholeFile(File("checkpoints"), std::string(200'000, 'x'));
  EXPECT_EQ(ReasonsOf(StoreOf(vault())), std::set<std::string>{"CHECKPOINTS_GONE"});
  WriteWholeFile(File("checkpoints"), outside);
  EXPECT_TRUE(Admit(vault(), &reason, seen).ok()) << reason;
}

// Of a place that the server cannot read, as a syslog's.
TEST_F(StoreAdmissionTest, ACheckpointFromElsewhereIsDeclared) {
  ASSERT_NO_FATAL_FAILURE(PutBack());
  const std::string outside = ReadWholeFile(File("checkpoints"));
  const std::string first = outside.substr(0, outside.find("\ncardvault/") + 1);
  const std::string last = outside.substr(outside.rfind("\ncardvault/") + 1);
  WriteWholeFile(File("checkpoints"), first);
  WriteWholeFile(File("machine-id"), "another\n");  // so that it is not admitted for that
  WriteWholeFile(File("note"), last.substr(0, last.size() - 1));
  ASSERT_NO_FATAL_FAILURE(Start());
  EXPECT_EQ(StoreOf(vault()).declared().signature(), "OWN");
  admin::v1::AdmitStoreRequest wrong = AdmissionOf(vault());
  wrong.set_checkpoint(
      absl::StrReplaceAll(ReadWholeFile(File("note")), {{"/log/1\n", "/log/9\n"}}));
  std::string reason;
  EXPECT_FALSE(Admit(vault(), &reason, wrong).ok());
  EXPECT_EQ(reason, "FIELD_INVALID");
  const Finished admitted =
      Cardvault({"store", "admit", "--deletions-unknown", "--checkpoint", File("note")});
  EXPECT_EQ(admitted.exit_code, 0) << admitted.output;
  ASSERT_EQ(Cardvault({"audit", "export", "--out", File("log-2.jsonl")}).exit_code, 0);
  Words keys = VerifierKeys();
  keys.insert(keys.end(), log_1_keys_.begin(), log_1_keys_.end());
  ASSERT_EQ(vault().Stop(), 0);
  Verify({File("log-1.jsonl"), File("log-2.jsonl"), "--no-anchor"}, keys, 0,
         "declared restore of log 1 at size ");
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
