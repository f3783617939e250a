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
