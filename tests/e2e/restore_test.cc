// A vault that is lost and restored from its last backup: what was before it is there, what came
// after it is known to be lost, and nothing is paid twice. Promises 3, 5 and 7.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "cardvault/admin/v1/backup_service.grpc.pb.h"
#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/production_vault.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_backups.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using admin::v1::BackupService;
using admin::v1::StoreService;
using ::testing::HasSubstr;

std::unique_ptr<BackupService::Stub> BackupsOf(VaultProcess& vault) {
  return BackupService::NewStub(vault.AdminChannel(kOperatorUri));
}

// The operators' word that nothing which the ledger forgot is repeated any more.
void EndLookUp(VaultProcess& vault) {
  Call call;
  admin::v1::ChangeLookUpRequest request;
  request.set_ends_now(true);
  admin::v1::ChangeLookUpResponse response;
  EXPECT_TRUE(admin::v1::StoreService::NewStub(vault.AdminChannel(kOperatorUri))
                  ->ChangeLookUp(call, request, &response)
                  .ok());
}

admin::v1::GetStoreResponse StoreOf(VaultProcess& vault) {
  Call call;
  admin::v1::GetStoreResponse store;
  EXPECT_TRUE(
      StoreService::NewStub(vault.AdminChannel(kOperatorUri))->GetStore(call, {}, &store).ok());
  return store;
}

std::set<std::string> ReasonsOf(const admin::v1::GetStoreResponse& store) {
  std::set<std::string> kinds;
  for (const admin::v1::AdmissionReason& reason : store.reasons()) kinds.insert(reason.kind());
  return kinds;
}

// "whole"; "" when it is not listed.
std::string StateOf(BackupService::Stub& backups, const std::string& id) {
  Call call;
  admin::v1::ListBackupsResponse listed;
  EXPECT_TRUE(backups.ListBackups(call, {}, &listed).ok());
  for (const admin::v1::Backup& backup : listed.backups()) {
    if (backup.id() == id) return backup.state();
  }
  return "";
}

class RestoreTest : public ::testing::Test {
 protected:
  RestoreTest() { stage_.AddPraxisRoute("psp"); }

  VaultProcess& vault() { return stage_.vault(); }

  grpc::StatusCode Read(const std::string& token) {
    Call call;
    v1::GetTokenRequest request;
    request.set_token(token);
    v1::GetTokenResponse response;
    return vault().Tokens()->GetToken(call, request, &response).error_code();
  }

  void Delete(const std::string& token) {
    Call call;
    v1::DeleteTokenRequest request;
    request.set_token(token);
    v1::DeleteTokenResponse response;
    ASSERT_TRUE(vault().Tokens()->DeleteToken(call, request, &response).ok());
  }

  // What a pay-in comes to, with a card code of its own.
  std::string Paid(const std::string& id, const std::string& token) {
    Call call;
    v1::ProvideCvvRequest request;
    request.set_token(token);
    request.set_cvv("568");
    v1::ProvideCvvResponse response;
    EXPECT_TRUE(vault().Ingest()->ProvideCvv(call, request, &response).ok()) << call.reason();
    return StateName(stage_.Pay(PayInOf("psp", id, token, 1200)));
  }

  PaymentStage stage_;
};

TEST_F(RestoreTest, WhatWasBeforeTheBackupIsThereAndNothingIsPaidTwice) {
  const std::string token = stage_.Token("card-1", "");
  const std::string deleted = stage_.Token("card-2", "");
  ASSERT_EQ(Paid("pay-1", token), "APPROVED");
  const std::string backup = MakeBackup(*BackupsOf(vault()));
  ASSERT_NE(backup, "");
  const std::string key = CheckpointKey(vault());

  // Behind it.
  const std::string lost = stage_.Token("card-3", "");
  ASSERT_EQ(Paid("pay-2", token), "APPROVED");
  ASSERT_NO_FATAL_FAILURE(Delete(deleted));
  ASSERT_EQ(Read(deleted), grpc::StatusCode::NOT_FOUND);
  ASSERT_EQ(vault().Stop(), 0) << vault().output();

  RestoreBackup(vault(), vault().data_directory(), backup, key);
  ASSERT_TRUE(vault().Start()) << vault().output();
  stage_.Connect();
  const admin::v1::GetStoreResponse store = StoreOf(vault());
  EXPECT_FALSE(store.admitted());
  EXPECT_EQ(ReasonsOf(store), (std::set<std::string>{"RESTORED", "ENTRIES_MISSING"}));
  EXPECT_THAT(store.reasons(0).text(), HasSubstr(backup));
  EXPECT_EQ(stage_.Try(PayInOf("psp", "pay-2", token, 1200)).reason, "NOT_ADMITTED");
  // Until the store is admitted nothing of it is changed, and nothing beside it: the backup is not
  // taken for one that its process left unfinished.
  ASSERT_EQ(vault().Stop(), 0);
  RestoreBackup(vault(), vault().data_directory(), backup, key);
  ASSERT_TRUE(vault().Start()) << vault().output();
  stage_.Connect();
  AdmitStore(vault());

  EXPECT_EQ(stage_.Token("card-1", ""), token);
  EXPECT_EQ(StateName(stage_.Get("pay-1")), "APPROVED");
  EXPECT_EQ(Read(lost), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Read(deleted), grpc::StatusCode::OK);  // SECURITY.md: it is there again
  EXPECT_EQ(Paid("pay-2", token), "APPROVED");
  EXPECT_EQ(stage_.sandbox().Order(stage_.Port("praxis"), "pay-2").posts, 1);
  EXPECT_EQ(stage_.sandbox().Order(stage_.Port("praxis"), "pay-2").booked, 1);
  EndLookUp(vault());
  EXPECT_EQ(Paid("pay-3", token), "APPROVED");  // the card opens

  // The backup is listed again, so that it expires and its KEK is held. It is first of all looked
  // at by the thread that makes the next one.
  const auto backups = BackupsOf(vault());
  const std::string next = MakeBackup(*backups);
  ASSERT_NE(next, "");
  EXPECT_EQ(StateOf(*backups, backup), "whole");
  admin::v1::VerifyBackupRequest request;
  for (const std::string& id : {backup, next}) {
    Call call;
    request.set_id(id);
    admin::v1::VerifyBackupResponse response;
    ASSERT_TRUE(backups->VerifyBackup(call, request, &response).ok()) << call.reason();
    EXPECT_EQ(AwaitBackup(*backups), id);
  }

  // The next one is of the next log, and restores as well.
  const std::string next_key = CheckpointKey(vault());
  EXPECT_THAT(next_key, HasSubstr("/log/2+"));
  ASSERT_EQ(vault().Stop(), 0) << vault().output();
  RestoreBackup(vault(), vault().data_directory(), next, next_key);
  ASSERT_TRUE(vault().Start()) << vault().output();
  stage_.Connect();
  AdmitStore(vault());
  EXPECT_EQ(StoreOf(vault()).log(), 3);
  EndLookUp(vault());
  EXPECT_EQ(Paid("pay-4", token), "APPROVED");
}

TEST(RestoreInProductionTest, TwoPeopleMakeABackupAndAdmitWhatIsRestoredOfIt) {
  ProductionVault vault;
  vault.Start();
  auto backups = BackupsOf(vault.process());
  Call direct;
  admin::v1::CreateBackupResponse ignored;
  EXPECT_FALSE(backups->CreateBackup(direct, {}, &ignored).ok());
  EXPECT_EQ(direct.reason(), "FOUR_EYES");
  admin::v1::Proposal create;
  create.mutable_create_backup();
  vault.Apply(create);
  const std::string backup = AwaitBackup(*backups);
  ASSERT_NE(backup, "");
  const std::string key = CheckpointKey(vault.process());
  vault.Apply(ApplyRoute());  // behind it
  vault.Stop();

  RestoreBackup(vault.process(), vault.data_directory(), backup, key);
  vault.Start();
  EXPECT_EQ(vault.ServingState(), "not-admitted");
  admin::v1::Proposal admit;
  admit.mutable_admit_store()->set_deletions_unknown(true);
  const admin::v1::GetStoreResponse found = StoreOf(vault.process());
  admit.mutable_admit_store()->set_audit_entry_count(found.audit_entry_count());
  admit.mutable_admit_store()->set_declared_log(found.declared().log());
  admit.mutable_admit_store()->set_declared_size(found.declared().size());
  const admin::v1::Change change = vault.Propose(kAlice, admit);
  EXPECT_EQ(vault.Approve(kAlice, change).reason, "SELF_APPROVED");
  EXPECT_EQ(vault.ServingState(), "not-admitted");
  EXPECT_EQ(vault.Approve(kBob, change).change.state(), admin::v1::CHANGE_STATE_APPLIED);
  EXPECT_EQ(vault.ServingState(), "serving");
  EXPECT_TRUE(vault.Routes().empty());

  backups = BackupsOf(vault.process());
  vault.Apply(create);
  const std::string next = AwaitBackup(*backups);
  ASSERT_NE(next, "");
  admin::v1::Proposal remove;
  remove.mutable_delete_backup()->set_id(backup);
  vault.Apply(remove);
  EXPECT_EQ(StateOf(*backups, backup), "");
  EXPECT_EQ(StateOf(*backups, next), "whole");
}

}  // namespace
}  // namespace cardvault::testing
