// The audit log's way outside: what happens when it ends, and what is seen by it at a start.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/sink/file_sink.h"
#include "card/test_pans.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

namespace fs = std::filesystem;

// A checkpoint is a second away, and a sink that is mended is offered the next one.
constexpr absl::Duration kPatience = absl::Seconds(20);

class AuditSinkTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  // The error code, the token in `token_` when there is none.
  grpc::StatusCode Tokenize(Call& call) {
    v1::TokenizeResponse response;
    const grpc::Status status = vault_.Ingest()->Tokenize(
        call, TokenizeOf("request-" + std::to_string(++requests_), std::string(kVisaTestPan), ""),
        &response);
    if (status.ok()) token_ = response.token().token();
    return status.error_code();
  }

  bool TokenizesWithin(absl::Duration patience) {
    const absl::Time end = absl::Now() + patience;
    while (absl::Now() < end) {
      Call call;
      if (Tokenize(call) == grpc::StatusCode::OK) return true;
      absl::SleepFor(absl::Milliseconds(100));
    }
    return false;
  }

  Checkpoint Outside() {
    std::string note;
    const absl::Status read = ReadNotes(
        sink_, [&note](absl::string_view next) { note.assign(next.data(), next.size()); });
    if (!read.ok() || note.empty()) return {};
    return *ParseCheckpoint(ParseNote(note)->text);
  }

  admin::v1::GetStatusResponse Status() {
    Call call;
    admin::v1::GetStatusResponse status;
    EXPECT_TRUE(vault_.System()->GetStatus(call, {}, &status).ok());
    return status;
  }

  void WaitForState(const std::string& state, int warnings) {
    const absl::Time end = absl::Now() + kPatience;
    admin::v1::GetStatusResponse status;
    do {
      absl::SleepFor(absl::Milliseconds(50));
      status = Status();
    } while ((status.serving_state() != state || status.warnings_size() != warnings) &&
             absl::Now() < end);
    EXPECT_EQ(status.serving_state(), state);
    EXPECT_EQ(status.warnings_size(), warnings);
  }

  VaultProcess vault_;
  const std::string sink_ = vault_.directory().File("checkpoints");
  int requests_ = 0;
  std::string token_;
};

TEST_F(AuditSinkTest, TheEndOfTheLogIsOutsideWhenTheServerStops) {
  Call call;
  ASSERT_EQ(Tokenize(call), grpc::StatusCode::OK);
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(Outside().size, ReadAuditLog(vault_.data_directory()).size());
}

// A7: the very next card operation is refused; what makes things safer goes on; and when the sink
// is mended service returns without a restart.
TEST_F(AuditSinkTest, ARequiredSinkThatIsTakenAwayStopsCardOperationsAtOnce) {
  ASSERT_TRUE(TokenizesWithin(kPatience));
  ASSERT_FALSE(token_.empty());
  const absl::Time end = absl::Now() + kPatience;
  while (Outside().size == 0 && absl::Now() < end) absl::SleepFor(absl::Milliseconds(50));
  ASSERT_GT(Outside().size, 0u);
  const int own_warnings = Status().warnings_size();
  fs::remove(sink_);
  {
    Call call;
    EXPECT_EQ(Tokenize(call), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(call.reason(), "AUDIT_UNAVAILABLE");
  }
  Call get;
  v1::GetTokenRequest asked;
  asked.set_token(token_);
  v1::GetTokenResponse shown;
  EXPECT_TRUE(vault_.Tokens()->GetToken(get, asked, &shown).ok());
  WaitForState("log-failing", own_warnings + 2);
  Call erase;
  v1::DeleteTokenRequest deletion;
  deletion.set_token(token_);
  v1::DeleteTokenResponse deleted;
  EXPECT_TRUE(vault_.Tokens()->DeleteToken(erase, deletion, &deleted).ok());
  EXPECT_FALSE(fs::exists(sink_));

  WriteWholeFile(sink_, "");
  EXPECT_TRUE(TokenizesWithin(kPatience));
  WaitForState("serving", own_warnings);
  EXPECT_GT(Outside().size, 0u);
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  int failed = 0;
  int resumed = 0;
  int deletions = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    failed += entry.leaf.action == AuditAction::kCheckpointsFailed ? 1 : 0;
    resumed += entry.leaf.action == AuditAction::kCheckpointsResumed ? 1 : 0;
    deletions += entry.leaf.action == AuditAction::kTokenDeleted ? 1 : 0;
  }
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(deletions, 1);
}

// A3: a data directory that was put back does not go on as if nothing had happened since.
TEST_F(AuditSinkTest, ADirectoryThatWasPutBackIsNotServedAndTheRightOneIs) {
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const std::string copy = vault_.directory().File("copy");
  fs::copy(vault_.data_directory(), copy, fs::copy_options::recursive);
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  Call call;
  ASSERT_EQ(Tokenize(call), grpc::StatusCode::OK);
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();

  const std::string whole = vault_.directory().File("whole");
  fs::rename(vault_.data_directory(), whole);
  fs::rename(copy, vault_.data_directory());
  const size_t entries = ReadAuditLog(vault_.data_directory()).size();
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  Call refused;
  EXPECT_EQ(Tokenize(refused), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.reason(), "NOT_ADMITTED");
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  EXPECT_EQ(ReadAuditLog(vault_.data_directory()).size(), entries) << "it was written to";

  fs::rename(vault_.data_directory(), copy);
  fs::rename(whole, vault_.data_directory());
  ASSERT_TRUE(vault_.Start()) << vault_.output();
  EXPECT_EQ(vault_.Stop(), 0) << vault_.output();
}

}  // namespace
}  // namespace cardvault::testing
