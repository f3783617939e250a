// A vault whose KEK is in custody: it starts sealed, and its custodians alone unseal it.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "audit/audit_leaf.h"
#include "card/test_pans.h"
#include "keys/custody/custody_record.h"
#include "server/role_table.h"
#include "server/serving_state.h"
#include "tests/e2e/custody_fixture.h"
#include "tests/leak/stored_rows.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/test_requests.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"

namespace cardvault::testing {
namespace {

using grpc::StatusCode;

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
const CallResult kOk = {};
const CallResult kSealed = Refused(StatusCode::FAILED_PRECONDITION, "VAULT_SEALED");
const CallResult kWrong = Refused(StatusCode::INVALID_ARGUMENT, "FIELD_INVALID", "share");
const CallResult kForeign = Refused(StatusCode::PERMISSION_DENIED, "POLICY");
const CallResult kRepeated = Refused(StatusCode::ALREADY_EXISTS, "FIELD_INVALID", "share");
const CallResult kLockedOut = Refused(StatusCode::RESOURCE_EXHAUSTED, "RATE");

class CustodyTest : public CustodyFixture {
 protected:
  CallResult Raw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) const {
    Call call;
    const grpc::Status status = RawCall(*channel, method, call, "");
    return status.ok() ? CallResult() : CallResult{status.error_code(), call.reason(), ""};
  }
  std::string Health(const std::shared_ptr<grpc::Channel>& channel,
                     const std::string& service = "") const {
    // HealthCheckRequest.service, field 1.
    const std::string request =
        service.empty() ? "" : std::string("\x0a") + static_cast<char>(service.size()) + service;
    Call call;
    std::string answer;
    EXPECT_TRUE(RawCall(*channel, kHealthCheck, call, request, &answer).ok());
    return answer == "\x08\x01" ? "SERVING" : answer == "\x08\x02" ? "NOT_SERVING" : answer;
  }
  std::shared_ptr<grpc::Channel> ChannelOf(Role role, bool admin) const {
    if (role == Role::kCustodian) return vault_.CustodianChannel("alice");
    const std::string uri = role == Role::kOperator ? kOperatorUri
                            : role == Role::kAuditor
                                ? kAuditorUri
                                : MerchantUri(kMerchant, std::string(RoleName(role)));
    return admin ? vault_.AdminChannel(uri) : vault_.MerchantChannel(uri);
  }
  std::vector<AuditLeaf> LogOf(AuditAction action) const {
    std::vector<AuditLeaf> leaves;
    for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
      if (entry.leaf.action == action) leaves.push_back(entry.leaf);
    }
    return leaves;
  }
  // Everything but the log.
  std::vector<StoredRow> Rows() const {
    std::vector<StoredRow> rows = ReadAllRows(vault_.data_directory());
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [](const StoredRow& row) {
                                return row.table == Table::kAuditLeaves ||
                                       row.table == Table::kAuditNodes ||
                                       row.table == Table::kAuditCheckpoints;
                              }),
               rows.end());
    return rows;
  }
};

// K7, K9
TEST_F(CustodyTest, TwoOfThreeCustodiansUnsealWhoHaveAcknowledged) {
  StartVault();
  EXPECT_EQ(SubmitOwn("alice"), Refused(StatusCode::FAILED_PRECONDITION, "POLICY"));
  AcknowledgeFirst({"alice", "carol"});
  EXPECT_TRUE(Status().sealed());
  admin::v1::SubmitShareResponse response;
  EXPECT_EQ(Submit("alice", FirstShare("alice").bytes, &response), kOk);
  EXPECT_EQ(response.collected_count(), 1);
  EXPECT_EQ(response.threshold(), 2);
  EXPECT_FALSE(response.unsealed());
  EXPECT_EQ(Status().collected_count(), 1);
  EXPECT_EQ(Submit("carol", FirstShare("carol").bytes, &response), kOk);
  EXPECT_TRUE(response.unsealed());
  EXPECT_FALSE(Status().sealed());

  // And now it does its work.
  vault_.GrantRoles();
  Call call;
  v1::TokenizeResponse tokenized;
  EXPECT_TRUE(
      vault_.Ingest()
          ->Tokenize(call, TokenizeOf("custody-1", std::string(kVisaTestPan), ""), &tokenized)
          .ok())
      << call.reason();
  EXPECT_EQ(SubmitOwn("alice"), Refused(StatusCode::FAILED_PRECONDITION, "NOT_SEALED"));

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(LogOf(AuditAction::kCustodyCreated).size(), 1u);
  EXPECT_EQ(LogOf(AuditAction::kCustodyAcknowledged).size(), 2u);
  const std::vector<AuditLeaf> taken = LogOf(AuditAction::kShareTaken);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].origin.principal, CustodianUri("alice"));
  EXPECT_EQ(taken[1].origin.principal, CustodianUri("carol"));
  EXPECT_EQ(LogOf(AuditAction::kVaultUnsealed).size(), 1u);
}

TEST_F(CustodyTest, ASealedVaultServesHealthAndRefusesTheRest) {
  StartVault();
  EXPECT_EQ(Health(ChannelOf(Role::kTokens, false)), "NOT_SERVING");
  UnsealFirst();
  EXPECT_EQ(Health(ChannelOf(Role::kTokens, false)), "SERVING");
  ASSERT_EQ(Seal(), kOk);
  for (const char* service : {"", "cardvault.v1.TokenService", "cardvault.v1.PaymentService"}) {
    EXPECT_EQ(Health(ChannelOf(Role::kTokens, false), service), "NOT_SERVING") << service;
  }
  EXPECT_EQ(Health(ChannelOf(Role::kOperator, true)), "SERVING");

  int refused = 0;
  const ServingState sealed(Restriction::kSealed);
  for (const MethodRule& rule : RoleTable()) {
    SCOPED_TRACE(rule.method);
    const auto channel = ChannelOf(rule.roles.front(), rule.port == Port::kAdmin);
    if (sealed.Check(rule.served_under).ok()) {
      EXPECT_NE(Raw(channel, rule.method).reason, "VAULT_SEALED");
    } else {
      EXPECT_EQ(Raw(channel, rule.method), kSealed);
      ++refused;
    }
    // Who may not call is told no more than ever.
    if (rule.roles.front() != Role::kIngest && rule.port == Port::kMerchant) {
      EXPECT_EQ(Raw(ChannelOf(Role::kIngest, false), rule.method), kForeign);
    }
  }
  EXPECT_GE(refused, 20);
  Call call;
  admin::v1::GetStatusResponse status;
  ASSERT_TRUE(vault_.System()->GetStatus(call, {}, &status).ok());
  EXPECT_EQ(status.serving_state(), "sealed");

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  int logged = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.reason != ErrorReason::kVaultSealed) continue;
    EXPECT_FALSE(entry.leaf.origin.principal.empty());
    logged += static_cast<int>(entry.leaf.count);
  }
  EXPECT_EQ(logged, refused);
}

// K7: what is refused changes nothing, of what was collected and on the disk.
TEST_F(CustodyTest, AWrongARepeatedAndAForeignShareAreRefused) {
  StartVault();
  AcknowledgeFirst({"alice", "bob"});
  ASSERT_EQ(SubmitOwn("alice"), kOk);
  vault_.Kill();
  const std::vector<StoredRow> before = Rows();
  StartVault();

  ASSERT_EQ(SubmitOwn("alice"), kOk);
  const std::string bob = FirstShare("bob").bytes;
  EXPECT_EQ(SubmitOwn("alice"), kRepeated);
  EXPECT_EQ(Submit("bob", FirstShare("alice").bytes), kForeign);
  EXPECT_EQ(Submit("bob", FirstShare("carol").bytes), kForeign);
  std::string wrong = bob;
  wrong[20] = static_cast<char>(wrong[20] ^ 1);
  EXPECT_EQ(Submit("bob", wrong), kWrong);
  EXPECT_EQ(Submit("bob", bob.substr(0, 32)), kWrong);
  EXPECT_EQ(Submit("bob", bob + bob.substr(0, 1)), kWrong);
  EXPECT_EQ(Submit("bob", ""), kWrong);
  EXPECT_EQ(Submit("carol", FirstShare("carol").bytes),
            Refused(StatusCode::FAILED_PRECONDITION, "POLICY"));  // has not acknowledged
  EXPECT_EQ(Acknowledge("carol", FirstShare("bob")), kForeign);
  vault_.AddCustodian("mallory");
  EXPECT_EQ(Submit("mallory", bob), kForeign);  // not in the role map at all
  EXPECT_EQ(Status().collected_count(), 1);
  EXPECT_TRUE(Status().sealed());

  vault_.Kill();
  EXPECT_EQ(Rows(), before);
  std::map<ErrorReason, int> reasons;
  for (const AuditLeaf& leaf : LogOf(AuditAction::kShareRefused)) {
    EXPECT_EQ(leaf.outcome, AuditOutcome::kRefused);
    ++reasons[leaf.reason];
  }
  EXPECT_EQ(reasons[ErrorReason::kFieldInvalid], 5);  // four wrong, one repeated
  EXPECT_EQ(reasons[ErrorReason::kPolicy], 4);
}

// P6
TEST_F(CustodyTest, TenWrongSharesLockOutThatCustodianAlone) {
  StartVault();
  AcknowledgeFirst({"alice", "bob", "carol"});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Submit("bob", std::string(33, 'x')), kWrong);
  EXPECT_EQ(SubmitOwn("bob"), kLockedOut);
  EXPECT_EQ(Acknowledge("bob", FirstShare("bob")), kLockedOut);
  const auto custodians = Status().present().custodians();
  EXPECT_EQ(custodians[0].locked_seconds(), 0);
  EXPECT_GT(custodians[1].locked_seconds(), 880);
  EXPECT_LE(custodians[1].locked_seconds(), 900);
  EXPECT_EQ(SubmitOwn("alice"), kOk);
  EXPECT_EQ(SubmitOwn("carol"), kOk);
  EXPECT_FALSE(Status().sealed());
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

TEST_F(CustodyTest, SealedAgainItForgetsKeysAndCvvsAndTheCustodiansUnsealIt) {
  StartVault();
  UnsealFirst();
  Call call;
  v1::TokenizeResponse tokenized;
  ASSERT_TRUE(
      vault_.Ingest()
          ->Tokenize(call, TokenizeOf("seal-1", std::string(kVisaTestPan), "568"), &tokenized)
          .ok());
  EXPECT_EQ(Seal(MerchantUri(kMerchant, "tokens")), kForeign);
  EXPECT_EQ(Seal(kAuditorUri), kForeign);
  EXPECT_FALSE(Status().sealed());
  ASSERT_EQ(Seal(), kOk);
  ASSERT_EQ(Seal(), kOk);  // changes nothing
  EXPECT_TRUE(Status().sealed());

  v1::GetTokenRequest request;
  request.set_token(tokenized.token().token());
  v1::GetTokenResponse got;
  Call sealed_call;
  EXPECT_FALSE(vault_.Tokens()->GetToken(sealed_call, request, &got).ok());
  EXPECT_EQ(sealed_call.reason(), "VAULT_SEALED");

  ASSERT_EQ(SubmitOwn("carol"), kOk);
  ASSERT_EQ(SubmitOwn("bob"), kOk);
  Call open_call;
  ASSERT_TRUE(vault_.Tokens()->GetToken(open_call, request, &got).ok()) << open_call.reason();
  EXPECT_EQ(got.token().last_four(), tokenized.token().last_four());
  EXPECT_EQ(got.token().cvv_state(), v1::CVV_STATE_NONE);

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const std::vector<AuditLeaf> sealed = LogOf(AuditAction::kVaultSealed);
  ASSERT_EQ(sealed.size(), 1u);
  EXPECT_EQ(sealed[0].origin.principal, kOperatorUri);
  EXPECT_EQ(LogOf(AuditAction::kVaultUnsealed).size(), 2u);
}

// Shares wait in memory alone; acknowledgements and the vault do not depend on it.
TEST_F(CustodyTest, KilledBetweenSharesItStartsSealedAndWhole) {
  StartVault();
  AcknowledgeFirst({"alice", "bob"});
  ASSERT_EQ(SubmitOwn("alice"), kOk);
  vault_.Kill();
  StartVault();
  EXPECT_EQ(Status().collected_count(), 0);
  ASSERT_EQ(SubmitOwn("bob"), kOk);
  EXPECT_TRUE(Status().sealed());
  vault_.Kill();
  StartVault();
  ASSERT_EQ(SubmitOwn("bob"), kOk);
  ASSERT_EQ(SubmitOwn("alice"), kOk);
  EXPECT_FALSE(Status().sealed());
  vault_.Kill();
  StartVault();
  EXPECT_TRUE(Status().sealed());
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

// K8: who holds shares cannot be exchanged in the database.
TEST_F(CustodyTest, AnEditedRecordOpensNothing) {
  StartVault();
  AcknowledgeFirst({"alice", "bob"});
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  {
    RocksDbOptions options;
    options.path = vault_.data_directory();
    auto engine = OpenRocksDbEngine(options);
    ASSERT_TRUE(engine.ok());
    const auto row = (*engine)->Get(Table::kKeys, "custody");
    ASSERT_TRUE(row.ok() && row->has_value());
    auto record = ParseCustodyRecord((*row)->value);
    ASSERT_TRUE(record.ok());
    record->custodians[2].identity = CustodianUri("mallory");
    const auto batch = (*engine)->NewBatch();
    batch->Put(Table::kKeys, "custody", SerializeCustodyRecord(*record), (*row)->revision);
    ASSERT_TRUE(batch->Commit().ok());
  }
  StartVault();
  EXPECT_EQ(SubmitOwn("alice"), kOk);
  EXPECT_EQ(SubmitOwn("bob"), Refused(StatusCode::DATA_LOSS, "RECORD_CORRUPT"));
  EXPECT_TRUE(Status().sealed());
  EXPECT_EQ(Status().collected_count(), 0);
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

// With another provider there is nobody to unseal it, and one operator can seal it all the same.
TEST(SealTest, AVaultWithAKekInAFileIsSealedUntilItStartsAgain) {
  VaultProcess vault;
  ASSERT_TRUE(vault.Start()) << vault.output();
  Call seal_call;
  admin::v1::SealResponse sealed;
  ASSERT_TRUE(vault.Custody(kOperatorUri)->Seal(seal_call, {}, &sealed).ok());
  Call list_call;
  EXPECT_EQ(RawCall(*vault.AdminChannel(kOperatorUri), "/cardvault.admin.v1.KeyService/ListKeys",
                    list_call, "")
                .error_code(),
            StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(list_call.reason(), "VAULT_SEALED");
  Call status_call;
  admin::v1::GetCustodyStatusResponse status;
  EXPECT_EQ(vault.Custody(kOperatorUri)->GetCustodyStatus(status_call, {}, &status).error_code(),
            StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status_call.reason(), "NOT_OFFERED");
  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  ASSERT_TRUE(vault.Start()) << vault.output();
  Call again_call;
  EXPECT_TRUE(RawCall(*vault.AdminChannel(kOperatorUri), "/cardvault.admin.v1.KeyService/ListKeys",
                      again_call, "")
                  .ok());
  EXPECT_EQ(vault.Stop(), 0) << vault.output();
}

}  // namespace
}  // namespace cardvault::testing
