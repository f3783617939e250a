#include "cli/change_text.h"

#include <gtest/gtest.h>

#include <string>

#include "cardvault/admin/v1/change_service.pb.h"

namespace cardvault::cli {
namespace {

using admin::v1::Proposal;

// An approver decides by these words alone: a kind without words of its own would be approved
// blind.
TEST(ChangeTextTest, EveryKindOfChangeHasWords) {
  const auto* what = Proposal::descriptor()->oneof_decl(0);
  for (int i = 0; i < what->field_count(); ++i) {
    Proposal proposal;
    proposal.GetReflection()->MutableMessage(&proposal, what->field(i));
    const std::string text = ProposalText({}, proposal);
    EXPECT_EQ(text.find("does not know"), std::string::npos) << what->field(i)->name();
  }
  EXPECT_NE(ProposalText({}, {}).find("does not know"), std::string::npos);
}

TEST(ChangeTextTest, ShowsWhoWhatAndTheDigest) {
  admin::v1::GetChangeResponse response;
  response.mutable_change()->set_id("k3x7m2qa");
  response.mutable_change()->set_object("h2h-eu");
  response.mutable_change()->set_proposer("spiffe://d/operator/alice");
  response.mutable_change()->set_digest("c0ffee");
  response.mutable_change()->set_state(admin::v1::CHANGE_STATE_PROPOSED);
  response.mutable_proposal()->mutable_apply_route()->set_document("name: h2h-eu\nbase: x");
  const std::string text = ChangeText(response);
  for (const char* part : {"Route h2h-eu", "name: h2h-eu\nbase: x\n", "spiffe://d/operator/alice",
                           "c0ffee", "PROPOSED", "k3x7m2qa"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

TEST(ChangeTextTest, ShowsWhatChangesOfADocumentInForce) {
  admin::v1::GetChangeResponse response;
  response.mutable_change()->set_state(admin::v1::CHANGE_STATE_PROPOSED);
  response.mutable_proposal()->mutable_apply_roles()->set_document("a\nb\nc\n");
  EXPECT_NE(DifferenceText(response).find("Nothing of this name"), std::string::npos);
  response.set_document_in_force("a\nx\nc\n");
  EXPECT_NE(ChangeText(response).find("@@ -1,3 +1,3 @@\n a\n-x\n+b\n c\n"), std::string::npos);
  response.set_document_in_force("a\nb\nc\n");
  EXPECT_NE(DifferenceText(response).find("in force already"), std::string::npos);
  // What became of it is no difference to what is in force now.
  response.mutable_change()->set_state(admin::v1::CHANGE_STATE_APPLIED);
  EXPECT_EQ(DifferenceText(response), "");

  admin::v1::GetChangeResponse files;
  files.mutable_change()->set_state(admin::v1::CHANGE_STATE_PROPOSED);
  for (const char* name : {"cardvault.yaml", "admin_listener.client_ca"}) {
    auto& digest = *files.mutable_proposal()->mutable_approve_configuration()->add_digests();
    digest.set_name(name);
    digest.set_sha256("aa");
  }
  files.set_document_in_force("cardvault.yaml bb\nadmin_listener.client_ca aa\n");
  EXPECT_NE(DifferenceText(files).find("-cardvault.yaml bb\n+cardvault.yaml aa\n admin_listener"),
            std::string::npos);
  // A kind without a document.
  admin::v1::GetChangeResponse kek;
  kek.mutable_change()->set_state(admin::v1::CHANGE_STATE_PROPOSED);
  kek.mutable_proposal()->mutable_rotate_kek();
  EXPECT_EQ(DifferenceText(kek), "");
}

TEST(ChangeTextTest, AFailedChangeSaysWhy) {
  admin::v1::Change change;
  change.set_state(admin::v1::CHANGE_STATE_FAILED);
  change.set_reason("REVISION");
  change.set_problem("it changed");
  const std::string text = OutcomeText(change);
  EXPECT_NE(text.find("no effect"), std::string::npos) << text;
  EXPECT_NE(text.find("it changed (REVISION)"), std::string::npos) << text;
}

}  // namespace
}  // namespace cardvault::cli
