// Streams of the audit log that go on: filtered ones, and the end of one whose caller lost his
// role.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/audit_service.grpc.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using admin::v1::AuditService;
using admin::v1::WatchEntriesRequest;
using admin::v1::WatchEntriesResponse;

class AuditStreamTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  void ReadStatus() {
    Call call;
    admin::v1::GetStatusResponse status;
    ASSERT_TRUE(vault_.System()->GetStatus(call, {}, &status).ok());
  }

  // No role but the operator's is left.
  void TakeRoles() {
    Call call;
    admin::v1::ApplyRolesRequest request;
    request.set_document(
        absl::StrCat("roles:\n  - identity: ", kOperatorUri, "\n    roles: [operator]\n"));
    admin::v1::ApplyRolesResponse response;
    ASSERT_TRUE(vault_.System()->ApplyRoles(call, request, &response).ok());
    ASSERT_TRUE(response.applied());
  }

  VaultProcess vault_;
};

TEST_F(AuditStreamTest, AFollowedTailEndsWhenTheRoleIsTakenAway) {
  const auto audit = AuditService::NewStub(vault_.AdminChannel(kAuditorUri));
  Call call;
  WatchEntriesRequest request;
  request.set_first(0);
  request.set_follow(true);
  const auto stream = audit->WatchEntries(call, request);
  WatchEntriesResponse entries;
  ASSERT_TRUE(stream->Read(&entries));
  TakeRoles();
  while (stream->Read(&entries)) continue;
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(call.reason(), "POLICY");

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  int told = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.action != AuditAction::kCallRefused) continue;
    EXPECT_EQ(entry.leaf.origin.principal, kAuditorUri);
    EXPECT_EQ(entry.leaf.object, "cardvault.admin.v1.AuditService/WatchEntries");
    ++told;
  }
  EXPECT_EQ(told, 1);
}

TEST_F(AuditStreamTest, AFollowedTailShowsWhatItsFilterChooses) {
  const auto audit = AuditService::NewStub(vault_.AdminChannel(kAuditorUri));
  Call call;
  WatchEntriesRequest request;
  request.set_first(0);
  request.set_follow(true);
  request.set_principal(kOperatorUri);
  request.set_action("admin.read");
  const auto stream = audit->WatchEntries(call, request);
  ReadStatus();
  ReadStatus();
  WatchEntriesResponse entries;
  int found = 0;
  while (found < 2 && stream->Read(&entries)) {
    for (const admin::v1::AuditEntry& entry : entries.entries()) {
      EXPECT_EQ(entry.action(), "admin.read");
      EXPECT_EQ(entry.object(), "status");
      ++found;
    }
  }
  EXPECT_EQ(found, 2);
  call->TryCancel();
  stream->Finish();
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

}  // namespace
}  // namespace cardvault::testing
