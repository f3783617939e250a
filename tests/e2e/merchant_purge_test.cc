// All cards of a merchant are deleted: counted first, killed in the middle, gone on with, and under
// four eyes.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "card/test_pans.h"
#include "cardvault/admin/v1/change_service.grpc.pb.h"
#include "cardvault/admin/v1/system_service.grpc.pb.h"
#include "cardvault/v1/token_service.grpc.pb.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kBobUri[] = "spiffe://test.example/operator/bob";

class MerchantPurgeTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(vault_.Start()) << vault_.output(); }

  Finished Run(std::vector<std::string> words) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", vault_.WriteProfile()});
    return RunToEnd(words, vault_.directory().File(absl::StrCat("out-", ++runs_)));
  }

  void Import(int count) {
    std::string input = "pan,expiry\n";
    for (int i = 0; i < count; ++i) absl::StrAppend(&input, cards_.Pan(), ",12/2035\n");
    const std::string file = vault_.directory().File("cards.csv");
    WriteWholeFile(file, input, 0600);
    const Finished done = Run({"card", "import", file, "--import-id", "cards"});
    ASSERT_EQ(done.exit_code, 0) << done.output;
  }

  // Why it was refused, "" when it was not.
  std::string Tokenize(const std::string& merchant, const std::string& request_id,
                       std::string* token = nullptr) {
    const auto ingest =
        v1::TokenService::NewStub(vault_.MerchantChannel(MerchantUri(merchant, "ingest")));
    Call call;
    v1::TokenizeResponse response;
    const grpc::Status status =
        ingest->Tokenize(call, TokenizeOf(request_id, std::string(kVisaTestPan), ""), &response);
    if (token != nullptr) *token = response.token().token();
    return status.ok() ? "" : call.reason();
  }

  int TokenCount(const std::string& merchant) {
    const auto tokens =
        v1::TokenService::NewStub(vault_.MerchantChannel(MerchantUri(merchant, "tokens")));
    Call call;
    v1::ListTokensRequest request;
    request.set_page_size(200);
    v1::ListTokensResponse response;
    EXPECT_TRUE(tokens->ListTokens(call, request, &response).ok());
    return response.tokens_size();
  }

  // What the log says of purges, and how many cards it says were deleted by the process itself.
  struct Told {
    std::vector<AuditLeaf> started, ended;
    int deleted = 0;
  };
  Told ReadLog() {
    Told told;
    for (AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
      AuditLeaf& leaf = entry.leaf;
      if (leaf.action == AuditAction::kTokenDeleted && leaf.origin.principal == "cardvaultd") {
        ++told.deleted;
      } else if (leaf.action == AuditAction::kMerchantPurgeStarted) {
        told.started.push_back(std::move(leaf));
      } else if (leaf.action == AuditAction::kMerchantPurgeEnded) {
        told.ended.push_back(std::move(leaf));
      }
    }
    return told;
  }

  VaultProcess vault_;
  CardGenerator cards_{23};
  int runs_ = 0;
};

TEST_F(MerchantPurgeTest, IsGoneOnWithAfterAKillAndDeletesEachCardOnce) {
  constexpr int kCards = 3000;
  Import(kCards);
  std::string kept;
  ASSERT_EQ(Tokenize(kOtherMerchant, "kept", &kept), "");

  const Finished counted = Run({"merchant", "purge", kMerchant});
  EXPECT_EQ(counted.exit_code, 0) << counted.output;
  EXPECT_NE(counted.output.find("shop-1 has 3000 cards. Nothing was deleted"), std::string::npos)
      << counted.output;
  EXPECT_EQ(TokenCount(kMerchant), 200);  // a page of them
  EXPECT_EQ(Run({"merchant", "purge", "nobody", "--yes"}).exit_code, 1);

  const Finished begun = Run({"merchant", "purge", kMerchant, "--yes"});
  EXPECT_EQ(begun.exit_code, 0) << begun.output;
  EXPECT_EQ(Tokenize(kMerchant, "refused"), "MERCHANT_PURGE");
  EXPECT_EQ(Tokenize(kOtherMerchant, "taken"), "");
  {
    Call call;
    const auto watch = vault_.System()->WatchMerchantPurge(call, {});
    admin::v1::MerchantPurgeProgress progress;
    while (watch->Read(&progress) && progress.deleted_count() == 0) continue;
    EXPECT_EQ(progress.state(), "running");
    EXPECT_LT(progress.deleted_count(), kCards);
    vault_.Kill();
    while (watch->Read(&progress)) continue;
    watch->Finish();
  }

  ASSERT_TRUE(vault_.Start()) << vault_.output();
  const Finished watched = Run({"merchant", "purge", "--watch"});
  EXPECT_EQ(watched.exit_code, 0) << watched.output;
  EXPECT_NE(watched.output.find("3000 of 3000 cards"), std::string::npos) << watched.output;
  EXPECT_EQ(TokenCount(kMerchant), 0);
  EXPECT_EQ(TokenCount(kOtherMerchant), 2);
  EXPECT_EQ(Tokenize(kMerchant, "again"), "");

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const Told told = ReadLog();
  EXPECT_EQ(told.deleted, kCards);
  ASSERT_EQ(told.started.size(), 1u);
  EXPECT_EQ(told.started[0].origin.principal, kOperatorUri);
  ASSERT_EQ(told.ended.size(), 1u);
  EXPECT_EQ(told.ended[0].object, "shop-1 deleted 3000 damaged 0");
}

TEST_F(MerchantPurgeTest, TakesEffectWithItsApprovalAndNoneIsApprovedTwice) {
  Import(5);
  Call roles_call;
  admin::v1::ApplyRolesRequest roles;
  std::string document = "roles:\n";
  for (const auto& [uri, role] :
       std::map<std::string, std::string>{{kOperatorUri, "operator"},
                                          {kBobUri, "operator"},
                                          {MerchantUri(kMerchant, "ingest"), "ingest"},
                                          {MerchantUri(kMerchant, "tokens"), "tokens"}}) {
    absl::StrAppend(&document, "  - identity: ", uri, "\n    roles: [", role, "]\n");
  }
  roles.set_document(document);
  admin::v1::ApplyRolesResponse applied;
  ASSERT_TRUE(vault_.System()->ApplyRoles(roles_call, roles, &applied).ok());

  const auto alice = admin::v1::ChangeService::NewStub(vault_.AdminChannel(kOperatorUri));
  const auto bob = admin::v1::ChangeService::NewStub(vault_.AdminChannel(kBobUri));
  admin::v1::Change changes[2];
  for (admin::v1::Change& change : changes) {
    Call call;
    admin::v1::ProposeRequest request;
    request.mutable_proposal()->mutable_purge_merchant()->set_merchant(kMerchant);
    admin::v1::ProposeResponse response;
    ASSERT_TRUE(alice->Propose(call, request, &response).ok());
    change = response.change();
    EXPECT_EQ(change.object(), kMerchant);
  }
  EXPECT_EQ(TokenCount(kMerchant), 5);

  const auto approve = [&](const admin::v1::Change& change) {
    Call call;
    admin::v1::ApproveChangeRequest request;
    request.set_id(change.id());
    request.set_digest(change.digest());
    admin::v1::ApproveChangeResponse response;
    EXPECT_TRUE(bob->ApproveChange(call, request, &response).ok());
    return response.change();
  };
  EXPECT_EQ(approve(changes[0]).state(), admin::v1::CHANGE_STATE_APPLIED);
  Call watch_call;
  const auto watch = vault_.System()->WatchMerchantPurge(watch_call, {});
  admin::v1::MerchantPurgeProgress progress;
  while (watch->Read(&progress)) continue;
  EXPECT_EQ(progress.state(), "done");
  EXPECT_EQ(TokenCount(kMerchant), 0);

  // What the merchant stored since is not what was proposed.
  ASSERT_EQ(Tokenize(kMerchant, "since"), "");
  const admin::v1::Change second = approve(changes[1]);
  EXPECT_EQ(second.state(), admin::v1::CHANGE_STATE_FAILED);
  EXPECT_EQ(second.reason(), "REVISION");
  EXPECT_EQ(TokenCount(kMerchant), 1);

  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  const Told told = ReadLog();
  ASSERT_EQ(told.started.size(), 1u);
  EXPECT_EQ(told.started[0].origin.principal, kBobUri);
  EXPECT_EQ(told.started[0].origin.change, changes[0].id());
}

}  // namespace
}  // namespace cardvault::testing
