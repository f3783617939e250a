// ImportCards as callers see the stream: what is held back from those who do not read, and how it
// ends when the vault cannot go on or the caller may not.

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "audit/action.h"
#include "cardvault/admin/v1/custody_service.grpc.pb.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_pki.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using Stream = grpc::ClientReaderWriter<v1::ImportCardsRequest, v1::ImportCardsResponse>;

class ImportStreamTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  std::unique_ptr<Stream> Begin(Call& call) { return ingest_->ImportCards(call); }

  static v1::ImportCardsRequest First() {
    v1::ImportCardsRequest request;
    request.mutable_settings()->set_import_id("import");
    return request;
  }
  void AddRow(v1::ImportCardsRequest& request) {
    v1::ImportRow& row = *request.add_rows();
    row.set_row(++rows_);
    row.set_external_id(absl::StrCat("r", rows_));
    row.set_number(cards_.Pan());
    row.set_expiry_month(12);
    row.set_expiry_year(2035);
  }

  // The status that the server shows now, and one entry more in its log.
  int64_t EntryCount() {
    Call call;
    admin::v1::GetStatusResponse status;
    EXPECT_TRUE(vault_.System()->GetStatus(call, {}, &status).ok());
    return status.audit_entry_count();
  }

  // Until the log has grown by these questions alone for a long while.
  void WaitUntilNothingMoves() {
    int64_t before = EntryCount();
    for (int quiet = 0; quiet < 300;) {
      const int64_t now = EntryCount();
      quiet = now == before + 1 ? quiet + 1 : 0;
      before = now;
    }
  }

  // The most memory that the server ever had, in KiB.
  int64_t PeakMemory() const {
    const std::string status = ReadWholeFile(absl::StrCat("/proc/", vault_.pid(), "/status"));
    for (absl::string_view line : absl::StrSplit(status, '\n')) {
      int64_t kib = 0;
      if (!absl::ConsumePrefix(&line, "VmHWM:") || !absl::ConsumeSuffix(&line, "kB")) continue;
      if (absl::SimpleAtoi(line, &kib)) return kib;
    }
    return 0;
  }

  VaultProcess vault_;
  std::unique_ptr<v1::TokenService::Stub> ingest_;
  CardGenerator cards_{19};
  int rows_ = 0;
};

// The server takes on 512 rows of the stream, and those whose results fit into the client's window.
// What is sent beyond that waits in the transport's buffers, which have a bound, or with the
// client.
TEST_F(ImportStreamTest, WhoDoesNotReadIsNotReadFrom) {
  constexpr int kMessages = 300;
  // The client's own buffer is as small as it goes, and does not grow.
  const PemPair client = vault_.pki().Client(MerchantUri(kMerchant, "ingest"));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 16 << 10);
  arguments.SetSslTargetNameOverride("localhost");
  ingest_ = v1::TokenService::NewStub(grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", vault_.merchant_port()),
      grpc::SslCredentials({vault_.pki().ca_pem(), client.private_key, client.certificate}),
      arguments));
  Call call;
  const std::unique_ptr<Stream> stream = Begin(call);
  std::thread writer([&] {
    for (int i = 0; i < kMessages; ++i) {
      v1::ImportCardsRequest request = i == 0 ? First() : v1::ImportCardsRequest();
      for (int row = 0; row < 100; ++row) AddRow(request);
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  WaitUntilNothingMoves();
  const int64_t entries = EntryCount();
  const int64_t memory = PeakMemory();
  ASSERT_GT(memory, 0);
  v1::ImportCardsResponse response;
  std::set<int64_t> answered;
  while (stream->Read(&response)) {
    for (const v1::ImportResult& result : response.results()) {
      EXPECT_EQ(result.outcome(), v1::IMPORT_OUTCOME_CREATED) << result.reason();
      EXPECT_TRUE(answered.insert(result.row()).second) << result.row();
    }
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered.size(), size_t{100} * kMessages);
  EXPECT_GT(EntryCount(), entries + 50 * kMessages);  // most of them were held back
  // Thirty thousand rows leave no trace in memory but the store's own buffers.
  EXPECT_LT(PeakMemory(), memory + (96 << 10));
}

TEST_F(ImportStreamTest, AVaultThatIsSealedEndsItAndKeepsWhatWasAnswered) {
  ingest_ = vault_.Ingest();
  Call call;
  std::unique_ptr<Stream> stream = Begin(call);
  v1::ImportCardsRequest first = First();
  AddRow(first);
  ASSERT_TRUE(stream->Write(first));
  v1::ImportCardsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const std::string token = response.results(0).token();
  Call seal_call;
  admin::v1::SealResponse sealed;
  ASSERT_TRUE(vault_.Custody(kOperatorUri)->Seal(seal_call, {}, &sealed).ok());
  v1::ImportCardsRequest second;
  AddRow(second);
  ASSERT_TRUE(stream->Write(second));
  EXPECT_FALSE(stream->Read(&response));  // no result: the row is as if it was not sent
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(call.reason(), "VAULT_SEALED");
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();

  int created = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    created += entry.leaf.action == AuditAction::kTokenCreated ? 1 : 0;
    if (entry.leaf.action != AuditAction::kImportEnded) continue;
    EXPECT_EQ(entry.leaf.outcome, AuditOutcome::kFailed);
    EXPECT_EQ(entry.leaf.reason, ErrorReason::kVaultSealed);
    EXPECT_TRUE(absl::EndsWith(entry.leaf.object, " created 1 existing 0 updated 0 refused 0"));
  }
  EXPECT_EQ(created, 1);

  // Both are sent again: one answers its first result, the other has its turn.
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  ingest_ = vault_.Ingest();
  Call again;
  stream = Begin(again);
  *first.add_rows() = second.rows(0);
  ASSERT_TRUE(stream->Write(first));
  stream->WritesDone();
  std::set<std::string> tokens;
  while (stream->Read(&response)) {
    for (const v1::ImportResult& result : response.results()) tokens.insert(result.token());
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens.count(token), 1u);
}

TEST_F(ImportStreamTest, EndsWhenTheRoleIsTakenAway) {
  ingest_ = vault_.Ingest();
  Call call;
  const std::unique_ptr<Stream> stream = Begin(call);
  v1::ImportCardsRequest first = First();
  AddRow(first);
  ASSERT_TRUE(stream->Write(first));
  v1::ImportCardsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  Call roles_call;
  admin::v1::ApplyRolesRequest roles;
  roles.set_document(
      absl::StrCat("roles:\n  - identity: ", kOperatorUri, "\n    roles: [operator]\n"));
  admin::v1::ApplyRolesResponse applied;
  ASSERT_TRUE(vault_.System()->ApplyRoles(roles_call, roles, &applied).ok());
  EXPECT_FALSE(stream->Read(&response));  // though nothing more is sent
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(call.reason(), "POLICY");
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  int told = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.action != AuditAction::kCallRefused) continue;
    EXPECT_EQ(entry.leaf.object, "cardvault.v1.TokenService/ImportCards");
    ++told;
  }
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace cardvault::testing
