// A1: the entries of StoreService's RPCs, in success and in failure, as event_rows.cc has them.

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <string>

#include "cardvault/admin/v1/store_service.grpc.pb.h"
#include "tests/e2e/event_witness.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

TEST(StoreEventsTest, EachRpcHasTheEntriesOfItsRow) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  WriteWholeFile(vault.directory().File("machine-id"), "another\n");
  ASSERT_TRUE(vault.Start()) << vault.output();
  // Not entered: nothing may be written to that store.
  Call call;
  admin::v1::GetStoreResponse store;
  ASSERT_TRUE(admin::v1::StoreService::NewStub(vault.AdminChannel(kOperatorUri))
                  ->GetStore(call, {}, &store)
                  .ok());

  EventWitness witness(vault);
  admin::v1::AdmitStoreRequest admit;
  admit.set_audit_entry_count(store.audit_entry_count());
  admit.set_deletions_unknown(true);
  witness.Succeeds<google::protobuf::Empty>("cardvault.admin.v1.StoreService/AdmitStore",
                                            kOperatorUri, admit);
  witness.Fails("cardvault.admin.v1.StoreService/AdmitStore", kOperatorUri, admit);
  witness.Succeeds<google::protobuf::Empty>("cardvault.admin.v1.StoreService/GetStore",
                                            kOperatorUri, admin::v1::GetStoreRequest());
  witness.ExpectAllOf("cardvault.admin.v1.StoreService");
  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  witness.Check(ReadAuditLog(vault.data_directory()));
}

}  // namespace
}  // namespace cardvault::testing
