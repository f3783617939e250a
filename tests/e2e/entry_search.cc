#include "tests/e2e/entry_search.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace cardvault::testing {

void ExpectInNoEntry(const std::vector<AuditEntry>& log, const std::vector<std::string>& texts) {
  for (const AuditEntry& entry : log) {
    const std::string bytes = EncodeEntry(entry);
    for (const std::string& text : texts) {
      EXPECT_FALSE(absl::StrContains(bytes, text))
          << "`" << text << "` in entry " << entry.sequence << ", " << ActionName(entry.leaf.action)
          << " " << entry.leaf.object;
    }
  }
}

}  // namespace cardvault::testing
