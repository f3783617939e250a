// The commands of changes: one operator's command proposes, another's approves.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/production_vault.h"

namespace cardvault::testing {
namespace {

using admin::v1::Change;

constexpr char kSecret[] = "a-secret-of-the-upstream";

class CliChangeTest : public ::testing::Test {
 protected:
  void SetUp() override { vault_.Start(); }
  void TearDown() override {
    if (vault_.process().running()) {
      EXPECT_EQ(vault_.process().Stop(), 0) << vault_.process().output();
    }
  }

  ProductionVault vault_;
};

TEST_F(CliChangeTest, TheCommandProposesAndAnotherOperatorApproves) {
  WriteWholeFile(vault_.File("roles.yaml"), RoleDocument({kAlice, kBob}));
  WriteWholeFile(vault_.File("route.yaml"), kEuRoute);
  const auto both = [&](std::vector<std::string> words,
                        const std::map<int, std::string>& descriptors = {}) {
    const Finished proposed = vault_.Run("alice", std::move(words), descriptors);
    EXPECT_EQ(proposed.exit_code, 0) << proposed.output;
    const std::string id = WordAfter(proposed.output, "change approve ");
    const std::string digest = WordAfter(proposed.output, "digest");
    EXPECT_EQ(id.size(), 8u) << proposed.output;
    EXPECT_EQ(digest.size(), 64u) << proposed.output;
    const Finished shown = vault_.Run("bob", {"change", "show", id});
    EXPECT_EQ(shown.exit_code, 0) << shown.output;
    EXPECT_NE(shown.output.find(digest), std::string::npos) << shown.output;
    // Nobody is there to be asked.
    EXPECT_EQ(vault_.Run("bob", {"change", "approve", id}).exit_code, 2);
    const Finished own = vault_.Run("alice", {"change", "approve", id, "--digest", digest});
    EXPECT_EQ(own.exit_code, 1);
    EXPECT_NE(own.output.find("SELF_APPROVED"), std::string::npos) << own.output;
    const Finished approved = vault_.Run("bob", {"change", "approve", id, "--digest", digest});
    EXPECT_EQ(approved.exit_code, 0) << approved.output;
    EXPECT_NE(approved.output.find("is applied"), std::string::npos) << approved.output;
    return shown.output;
  };
  both({"role", "apply", vault_.File("roles.yaml")});
  const std::string shown = both({"route", "apply", vault_.File("route.yaml")});
  EXPECT_NE(shown.find("base_url: https://gateway.example"), std::string::npos) << shown;
  both({"route", "credential", "set", "h2h-eu", "api_secret", "--secret-fd", "7"},
       {{7, absl::StrCat(kSecret, "\n")}});
  both({"route", "credential", "rotate", "h2h-eu", "api_secret", "--secret-fd", "7"},
       {{7, absl::StrCat(kSecret, "\n")}});
  both({"route", "credential", "retire", "h2h-eu", "api_secret"});
  EXPECT_EQ(vault_.Run("alice", {"route", "disable", "h2h-eu"}).exit_code, 0);  // safer: alone
  EXPECT_TRUE(vault_.Routes()[0].disabled());
  both({"route", "enable", "h2h-eu"});
  EXPECT_FALSE(vault_.Routes()[0].disabled());
  EXPECT_TRUE(vault_.Routes()[0].credentials(0).is_set());

  WriteWholeFile(vault_.File("bad.yaml"), absl::StrCat(kEuRoute, "unheard: of\n"));
  const Finished mistaken = vault_.Run("alice", {"route", "apply", vault_.File("bad.yaml")});
  EXPECT_EQ(mistaken.exit_code, 1);
  EXPECT_NE(mistaken.output.find("bad.yaml:12: unheard"), std::string::npos) << mistaken.output;

  EXPECT_NE(shown.find("Nothing of this name is in force yet"), std::string::npos) << shown;
  WriteWholeFile(vault_.File("other.yaml"), absl::StrCat("# other\n", kEuRoute));
  const Finished json =
      vault_.Run("alice", {"--json", "route", "apply", vault_.File("other.yaml")});
  EXPECT_NE(json.output.find("\"kind\":\"apply_route\""), std::string::npos) << json.output;
  const std::string edit =
      vault_.Run("bob", {"change", "show", WordAfter(json.output, "\"id\":\"").substr(0, 8)})
          .output;
  EXPECT_NE(edit.find("@@ -1,3 +1,4 @@\n+# other\n name: h2h-eu\n"), std::string::npos) << edit;
  const Change unwanted = vault_.Propose(kBob, ApplyRoute(absl::StrCat("# bob's\n", kEuRoute)));
  const Finished rejected = vault_.Run("bob", {"change", "reject", unwanted.id()});
  EXPECT_EQ(rejected.exit_code, 0) << rejected.output;
  const Finished list = vault_.Run("bob", {"change", "list"});
  for (const char* word : {"PROPOSED", "APPLIED", "REJECTED", "retire_route_credential"}) {
    EXPECT_NE(list.output.find(word), std::string::npos) << word << list.output;
  }

  ASSERT_EQ(vault_.process().Stop(), 0) << vault_.process().output();
  // A2: both people, the change and the effect.
  std::map<std::string, std::string> proposers;
  int effects = 0;
  for (const AuditEntry& entry : ReadAuditLog(vault_.data_directory())) {
    const AuditLeaf& leaf = entry.leaf;
    if (leaf.action == AuditAction::kChangeProposed) {
      proposers[leaf.origin.change] = leaf.origin.principal;
    }
    if (leaf.action != AuditAction::kRouteApplied && leaf.action != AuditAction::kCredentialSet) {
      continue;
    }
    ++effects;
    EXPECT_EQ(leaf.origin.principal, kBob);
    EXPECT_EQ(proposers[leaf.origin.change], kAlice);
  }
  EXPECT_EQ(effects, 2);
  for (const auto& file : std::filesystem::recursive_directory_iterator(vault_.data_directory())) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(ReadWholeFile(file.path()).find(kSecret), std::string::npos) << file.path();
  }
}

}  // namespace
}  // namespace cardvault::testing
