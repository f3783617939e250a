// A refusal that is counted against guessing is committed with its own audit entry: the log has one
// entry of it, not two.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/string_view.h"
#include "card/test_pans.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

class CountedRefusalTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  std::string Tokenize(absl::string_view number) {
    v1::TokenizeRequest request;
    request.set_request_id("first");
    request.mutable_card()->set_number(std::string(number));
    request.mutable_card()->set_expiry_month(12);
    request.mutable_card()->set_expiry_year(2035);
    Call call;
    v1::TokenizeResponse response;
    return vault_.Ingest()->Tokenize(call, request, &response).ok() ? "" : call.reason();
  }

  VaultProcess vault_;
};

TEST_F(CountedRefusalTest, AReusedRequestIdHasOneEntry) {
  ASSERT_EQ(Tokenize(kVisaTestPan), "");
  EXPECT_EQ(Tokenize(kVisaTestPan2), "REQUEST_ID_REUSED");
  EXPECT_EQ(Tokenize(kVisaTestPan), "");
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  int refused = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    if (entry.leaf.action != AuditAction::kTokenizeRefused) continue;
    EXPECT_EQ(entry.leaf.reason, ErrorReason::kRequestIdReused);
    EXPECT_EQ(entry.leaf.outcome, AuditOutcome::kRefused);
    ++refused;
  }
  EXPECT_EQ(refused, 1);
}

}  // namespace
}  // namespace cardvault::testing
