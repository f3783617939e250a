#include "server/role_map.h"

#include <gtest/gtest.h>

#include <string>

namespace cardvault {
namespace {

constexpr char kGood[] =
    "roles:\n"
    "  - identity: spiffe://d.example/operator/alice\n"
    "    roles: [operator]\n"
    "  - identity: spiffe://d.example/operator/dave\n"
    "    roles: [operator]\n"
    "  - identity: spiffe://d.example/merchant/shop/backend\n"
    "    roles: [tokens, pay-in]\n"
    "  - identity: spiffe://d.example/merchant/shop/ingest\n"
    "    roles: [ingest]\n";

Identity Named(const std::string& uri) { return *ParseIdentity(uri); }

TEST(RoleMapTest, ParseGrantsWhatTheDocumentSaysAndNothingElse) {
  RoleMap::Parsed parsed = RoleMap::Parse(kGood, VaultMode::kProduction);
  ASSERT_TRUE(parsed.mistakes.empty());
  const RoleMap map(parsed.grants);
  EXPECT_TRUE(map.Holds(Named("spiffe://d.example/operator/alice"), Role::kOperator));
  EXPECT_FALSE(map.Holds(Named("spiffe://d.example/operator/bob"), Role::kOperator));
  EXPECT_TRUE(map.Holds(Named("spiffe://d.example/merchant/shop/backend"), Role::kPayIn));
  EXPECT_FALSE(map.Holds(Named("spiffe://d.example/merchant/shop/backend"), Role::kIngest));
  EXPECT_FALSE(map.Holds(Named("spiffe://other.example/operator/alice"), Role::kOperator));
}

struct Bad {
  const char* document;
  int line;
  const char* key;
};

TEST(RoleMapTest, ParseNamesLineAndKeyOfEveryMistake) {
  const Bad cases[] = {
      {"", 0, ""},
      {"roles: [", 1, ""},
      {"rolls: []\n", 1, "rolls"},
      {"roles:\n  - identity: nobody\n    roles: [operator]\n", 2, "identity"},
      {"roles:\n  - identity: spiffe://d/operator/a\n    roles: [king]\n", 3, "roles"},
      {"roles:\n  - identity: spiffe://d/operator/a\n    roles: [auditor]\n", 3, "roles"},
      {"roles:\n  - identity: spiffe://d/merchant/m/app\n    roles: [operator]\n", 3, "roles"},
      {"roles:\n  - identity: spiffe://d/merchant/m/tokens\n    roles: [ingest]\n", 3, "roles"},
      {"roles:\n  - identity: spiffe://d/operator/a\n    roles: [operator]\n    x: 1\n", 4, "x"},
      {"roles:\n  - roles: [operator]\n", 2, "identity"},
      {"roles:\n  - identity: spiffe://d/operator/a\n", 2, "roles"},
      {"roles:\n  - identity: spiffe://d/auditor/a\n    roles: [auditor]\n", 0, "roles"},
  };
  for (const Bad& bad : cases) {
    const RoleMap::Parsed parsed = RoleMap::Parse(bad.document, VaultMode::kSandbox);
    bool found = false;
    for (const DocumentMistake& mistake : parsed.mistakes) {
      found = found || (mistake.line == bad.line && mistake.key == bad.key);
    }
    EXPECT_TRUE(found) << bad.document;
  }
  const std::string twice = std::string(kGood) +
                            "  - identity: spiffe://d.example/operator/alice\n"
                            "    roles: [operator]\n";
  EXPECT_EQ(RoleMap::Parse(twice, VaultMode::kSandbox).mistakes.size(), 1u);
}

// YAML's aliases let a small document say very much.
TEST(RoleMapTest, MistakesAndRolesOfOneDocumentAreBounded) {
  std::string roles = "&many [x";
  for (int i = 0; i < 8000; ++i) roles += ",x";
  std::string document = "roles:\n  - {identity: spiffe://d/operator/z, roles: " + roles + "]}\n";
  for (int i = 0; i < 300; ++i) {
    document += "  - {identity: spiffe://d/operator/b" + std::to_string(i) + ", roles: *many}\n";
  }
  const RoleMap::Parsed parsed = RoleMap::Parse(document, VaultMode::kSandbox);
  EXPECT_FALSE(parsed.mistakes.empty());
  EXPECT_LE(parsed.mistakes.size(), 100u);
}

// P4
TEST(RoleMapTest, ProductionKeepsIngestFromPayingAndOperatorsFromAuditing) {
  const std::string both = std::string(kGood) +
                           "  - identity: spiffe://d.example/merchant/shop/all\n"
                           "    roles: [ingest, pay-in]\n";
  EXPECT_EQ(RoleMap::Parse(both, VaultMode::kProduction).mistakes.size(), 1u);
  EXPECT_TRUE(RoleMap::Parse(both, VaultMode::kSandbox).mistakes.empty());
  const std::string person = std::string(kGood) +
                             "  - identity: spiffe://d.example/auditor/alice\n"
                             "    roles: [auditor]\n";
  EXPECT_EQ(RoleMap::Parse(person, VaultMode::kProduction).mistakes.size(), 1u);
}

// Promise 7: the map is changed by two, so it leaves two.
TEST(RoleMapTest, ProductionKeepsTwoPeopleWhoAreOperators) {
  const std::string one =
      "roles:\n  - identity: spiffe://d.example/operator/alice\n    roles: [operator]\n";
  const std::string herself =
      one + "  - identity: spiffe://other.example/operator/alice\n    roles: [operator]\n";
  const std::string two =
      one + "  - identity: spiffe://d.example/operator/bob\n    roles: [operator]\n";
  EXPECT_EQ(RoleMap::Parse(one, VaultMode::kProduction).mistakes.size(), 1u);
  EXPECT_EQ(RoleMap::Parse(herself, VaultMode::kProduction).mistakes.size(), 1u);
  EXPECT_TRUE(RoleMap::Parse(two, VaultMode::kProduction).mistakes.empty());
  EXPECT_TRUE(RoleMap::Parse(one, VaultMode::kSandbox).mistakes.empty());
}

}  // namespace
}  // namespace cardvault
