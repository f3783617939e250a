// The server that is shipped has no way to take a protection out.

#include <gtest/gtest.h>

#include <string>

#include "tests/testing/child_process.h"

namespace cardvault::testing {
namespace {

// What takes one out (base/breakable_protections.cc).
constexpr char kVariable[] = "CARDVAULT_BREAK";

TEST(ProtectionsTest, TheServerThatIsShippedHasThemAll) {
  EXPECT_EQ(ReadWholeFile("server/cardvaultd").find(kVariable), std::string::npos);
  // It would be found there.
  EXPECT_NE(ReadWholeFile("server/cardvaultd_breakable").find(kVariable), std::string::npos);
}

}  // namespace
}  // namespace cardvault::testing
