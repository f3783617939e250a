// With `audit.reads: all` what merchants are shown is in the log, an entry a call.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "card/test_pans.h"
#include "tests/e2e/event_witness.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"

namespace cardvault::testing {
namespace {

TEST(AuditReadsTest, EachReadIsOneEntryWhateverItShows) {
  VaultProcess vault;
  const std::string text = ReadWholeFile(vault.config_path());
  const std::string changed = absl::StrReplaceAll(text, {{"audit:\n", "audit:\n  reads: all\n"}});
  ASSERT_NE(changed, text);
  WriteWholeFile(vault.config_path(), changed);
  ASSERT_TRUE(vault.Start()) << vault.output();
  std::string token;
  for (const absl::string_view number : {kVisaTestPan, kMastercardTestPan}) {
    Call call;
    v1::TokenizeResponse response;
    ASSERT_TRUE(
        vault.Ingest()
            ->Tokenize(call,
                       TokenizeOf(absl::StrCat("card-", token.size()), std::string(number), ""),
                       &response)
            .ok());
    token = response.token().token();
  }

  EventWitness witness(vault);
  const std::string tokens = MerchantUri(kMerchant, "tokens");
  const std::string pay_in = MerchantUri(kMerchant, "pay-in");
  v1::GetTokenRequest get;
  get.set_token(token);
  witness.Let("token", token);
  witness.Succeeds<v1::GetTokenResponse>("cardvault.v1.TokenService/GetToken", tokens, get,
                                         "token.read success - {token}");
  witness.Succeeds<v1::ListTokensResponse>("cardvault.v1.TokenService/ListTokens", tokens,
                                           v1::ListTokensRequest(), "token.read success - list");
  witness.Succeeds<v1::ListPaymentsResponse>("cardvault.v1.PaymentService/ListPayments", pay_in,
                                             v1::ListPaymentsRequest(),
                                             "payment.read success - list");
  // A refused read is a refusal and no read.
  get.set_token("tok_test_none");
  witness.Fails("cardvault.v1.TokenService/GetToken", tokens, get);

  ASSERT_EQ(vault.Stop(), 0) << vault.output();
  const std::vector<AuditEntry> log = ReadAuditLog(vault.data_directory());
  witness.Check(log);
  for (const AuditEntry& entry : log) {
    if (entry.leaf.action != AuditAction::kTokenRead) continue;
    EXPECT_EQ(entry.leaf.count, entry.leaf.object == "list" ? 2u : 1u);
  }
}

}  // namespace
}  // namespace cardvault::testing
