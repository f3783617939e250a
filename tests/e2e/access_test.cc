// Who may call what, through a real server: every role on every RPC, callers without a certificate,
// with a stranger's, and what the audit log says of each refusal.

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "cardvault/admin/v1/change_service.pb.h"
#include "cardvault/admin/v1/store_service.pb.h"
#include "server/role_table.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

struct Identity {
  std::string uri;
  Role role;
};

std::vector<Identity> Identities() {
  std::vector<Identity> identities;
  for (Role role : {Role::kIngest, Role::kTokens, Role::kPayIn, Role::kPayOut, Role::kRefund}) {
    identities.push_back({MerchantUri(kMerchant, std::string(RoleName(role))), role});
  }
  identities.push_back({kOperatorUri, Role::kOperator});
  identities.push_back({kAuditorUri, Role::kAuditor});
  identities.push_back({CustodianUri("alice"), Role::kCustodian});
  return identities;
}

// T4, P4
TEST(AccessTest, EveryRoleOnEveryRpcIsAllowedOrRefusedAsTheRoleTableSays) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  vault.AddCustodian("alice");
  vault.GrantRoles();
  std::map<std::string, int> refusals;  // by principal
  for (const Identity& identity : Identities()) {
    const auto merchant = vault.MerchantChannel(identity.uri);
    const auto admin = vault.AdminChannel(identity.uri);
    for (const MethodRule& rule : RoleTable()) {
      const bool may =
          std::find(rule.roles.begin(), rule.roles.end(), identity.role) != rule.roles.end();
      Call call;
      const grpc::Status status =
          RawCall(rule.port == Port::kMerchant ? *merchant : *admin, rule.method, call, "");
      SCOPED_TRACE(identity.uri + " " + rule.method);
      if (may) {
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
      } else {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
        EXPECT_EQ(call.reason(), "POLICY");
        ++refusals[identity.uri];
      }
    }
  }
  ASSERT_EQ(vault.Stop(), 0) << vault.output();

  // Every refusal is told of, those beyond the bound as a count.
  std::map<std::string, int> logged;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    if (entry.leaf.action != AuditAction::kCallRefused) continue;
    EXPECT_EQ(entry.leaf.outcome, AuditOutcome::kRefused);
    EXPECT_EQ(entry.leaf.reason, ErrorReason::kPolicy);
    EXPECT_FALSE(entry.leaf.origin.address.empty());
    logged[entry.leaf.origin.principal] += static_cast<int>(entry.leaf.count);
  }
  EXPECT_EQ(logged, refusals);
}

TEST(AccessTest, EveryRpcOfEveryServiceHasALineInTheRoleTable) {
  std::set<std::string> methods;
  for (const auto* file :
       {v1::TokenizeRequest::descriptor()->file(), v1::PayInRequest::descriptor()->file(),
        admin::v1::GetStatusRequest::descriptor()->file(),
        admin::v1::ListKeysRequest::descriptor()->file(),
        admin::v1::ProposeRequest::descriptor()->file(),
        admin::v1::SealRequest::descriptor()->file(),
        admin::v1::GetStoreRequest::descriptor()->file(),
        admin::v1::ExportRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.insert("/" + std::string(file->service(s)->full_name()) + "/" +
                       std::string(file->service(s)->method(m)->name()));
      }
    }
  }
  std::set<std::string> ruled;
  for (const MethodRule& rule : RoleTable()) ruled.insert(rule.method);
  EXPECT_EQ(ruled, methods);
}

TEST(AccessTest, CallersWithoutAUsableCertificateGetNoService) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  constexpr char kMethod[] = "/cardvault.v1.TokenService/GetToken";

  Call bare_call;
  EXPECT_EQ(RawCall(*vault.MerchantChannel(""), kMethod, bare_call, "").error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(bare_call.reason(), "IDENTITY");

  Call strange_call;  // our CA, but not a name of ours
  EXPECT_EQ(
      RawCall(*vault.MerchantChannel("https://test.example/merchant"), kMethod, strange_call, "")
          .error_code(),
      grpc::StatusCode::UNAUTHENTICATED);

  Call unknown_call;  // a name of ours that the role map does not know
  EXPECT_EQ(
      RawCall(*vault.MerchantChannel(MerchantUri("shop-9", "tokens")), kMethod, unknown_call, "")
          .error_code(),
      grpc::StatusCode::PERMISSION_DENIED);

  // Another CA: the handshake fails.
  const TestPki stranger;
  const PemPair pair = stranger.Client(MerchantUri(kMerchant, "tokens"));
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = vault.pki().ca_pem();
  options.pem_cert_chain = pair.certificate;
  options.pem_private_key = pair.private_key;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("localhost");
  const auto channel =
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(vault.merchant_port()),
                                grpc::SslCredentials(options), arguments);
  Call stranger_call;
  EXPECT_EQ(RawCall(*channel, kMethod, stranger_call, "").error_code(),
            grpc::StatusCode::UNAVAILABLE);

  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  int unauthenticated = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    if (entry.leaf.reason != ErrorReason::kIdentity) continue;
    EXPECT_TRUE(entry.leaf.origin.principal.empty());
    EXPECT_EQ(entry.leaf.origin.address.rfind("127.0.0.1:", 0), 0u) << entry.leaf.origin.address;
    ++unauthenticated;
  }
  EXPECT_EQ(unauthenticated, 2);
}

TEST(AccessTest, TheMerchantPortHasNoAdminServiceAndTheReverse) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  Call admin_call;
  EXPECT_EQ(RawCall(*vault.MerchantChannel(kOperatorUri),
                    "/cardvault.admin.v1.SystemService/GetStatus", admin_call, "")
                .error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  Call merchant_call;
  EXPECT_EQ(RawCall(*vault.AdminChannel(MerchantUri(kMerchant, "tokens")),
                    "/cardvault.v1.TokenService/GetToken", merchant_call, "")
                .error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

TEST(AccessTest, AnOperatorCannotLockHimselfOut) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  admin::v1::ApplyRolesRequest request;
  request.set_document(
      "roles:\n  - identity: spiffe://test.example/operator/somebody-else\n    roles: "
      "[operator]\n");
  Call call;
  admin::v1::ApplyRolesResponse response;
  ASSERT_TRUE(vault.System()->ApplyRoles(call, request, &response).ok());
  EXPECT_FALSE(response.applied());
  ASSERT_EQ(response.mistakes_size(), 1);
  EXPECT_EQ(response.mistakes(0).key(), "roles");
  Call after;
  admin::v1::GetStatusResponse status;
  EXPECT_TRUE(vault.System()->GetStatus(after, {}, &status).ok());
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

int64_t PeakMemoryKib(pid_t pid) {
  const std::string status = ReadWholeFile(absl::StrCat("/proc/", pid, "/status"));
  const size_t line = status.find("VmHWM:");
  return line == std::string::npos ? -1 : std::stoll(status.substr(line + 6));
}

// gRPC would inflate it, before anybody asked who sends it.
TEST(AccessTest, ACompressedMessageIsNotInflated) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  const int64_t before = PeakMemoryKib(vault.pid());
  ASSERT_GT(before, 0);
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    Call call;
    call->set_compression_algorithm(algorithm);
    const grpc::Status status =
        RawCall(*vault.MerchantChannel(""), "/cardvault.v1.TokenService/GetToken", call,
                std::string(size_t{128} << 20, 'x'));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  }
  EXPECT_LT(PeakMemoryKib(vault.pid()) - before, 32 << 10);
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

// P4: who looked at what an operator may see.
TEST(AccessTest, ReadsByOperatorsAreEntriesOfTheLog) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  const auto admin = vault.AdminChannel(kOperatorUri);
  const std::vector<std::pair<std::string, std::string>> reads = {
      {"/cardvault.admin.v1.SystemService/GetStatus", "status"},
      {"/cardvault.admin.v1.SystemService/ListRoutes", "routes"},
      {"/cardvault.admin.v1.SystemService/ListRoles", "roles"},
      {"/cardvault.admin.v1.KeyService/GetKeyStatus", "key status"},
      {"/cardvault.admin.v1.KeyService/ListKeys", "keys"},
  };
  for (const auto& [method, what] : reads) {
    Call call;
    EXPECT_TRUE(RawCall(*admin, method, call, "").ok()) << method << " " << call.reason();
  }
  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  std::map<std::string, int> logged;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    if (entry.leaf.action != AuditAction::kAdminRead) continue;
    EXPECT_EQ(entry.leaf.origin.principal, kOperatorUri);
    ++logged[entry.leaf.object];
  }
  for (const auto& [method, what] : reads) EXPECT_GE(logged[what], 1) << what;
}

TEST(AccessTest, AFloodOfRefusalsCostsABoundedNumberOfEntries) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  const auto channel = vault.MerchantChannel(MerchantUri(kMerchant, "refund"));
  constexpr int kCalls = 300;
  for (int i = 0; i < kCalls; ++i) {
    Call call;
    ASSERT_EQ(RawCall(*channel, "/cardvault.v1.TokenService/Tokenize", call, "").error_code(),
              grpc::StatusCode::PERMISSION_DENIED);
  }
  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  int entries = 0;
  uint32_t told = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault.data_directory())) {
    if (entry.leaf.action != AuditAction::kCallRefused) continue;
    ++entries;
    told += entry.leaf.count;
  }
  EXPECT_EQ(told, static_cast<uint32_t>(kCalls));
  EXPECT_LE(entries, 22);  // ten and a count, twice when a minute ended between
}

}  // namespace
}  // namespace cardvault::testing
