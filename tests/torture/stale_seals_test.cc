#include "tests/torture/stale_seals.h"

#include <gtest/gtest.h>

#include "audit/action.h"

namespace cardvault::torture {
namespace {

AuditEntry EntryOf(AuditAction action, const std::string& object, uint32_t key_version) {
  AuditEntry entry;
  entry.leaf = {.action = action, .object = object, .key_version = key_version};
  return entry;
}

TEST(StaleSealsTest, SealBehindTheStartOfItsKeysReencryptionIsFound) {
  const std::vector<AuditEntry> log = {
      EntryOf(AuditAction::kTokenCreated, "t1", 1),
      EntryOf(AuditAction::kReencryptionStarted, "pan", 2),
      EntryOf(AuditAction::kTokenUpdated, "t1", 1),  // of the profile key
      EntryOf(AuditAction::kTokenCreated, "t2", 2),
      EntryOf(AuditAction::kTokenMatched, "t2", 0),
      EntryOf(AuditAction::kReencryptionStarted, "profile", 2),
  };
  EXPECT_TRUE(FindStaleSeals(log).empty());

  std::vector<AuditEntry> with_stale = log;
  with_stale.push_back(EntryOf(AuditAction::kTokenCreated, "t3", 1));
  with_stale.push_back(EntryOf(AuditAction::kTokenExpiryUpdated, "t1", 1));
  EXPECT_EQ(
      FindStaleSeals(with_stale),
      (std::vector<std::string>{"token t3 is sealed under pan key 1 while all is moved to 2",
                                "token t1 is sealed under profile key 1 while all is moved to 2"}));
}

}  // namespace
}  // namespace cardvault::torture
