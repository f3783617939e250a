// A few runs of tools/torture audit: nothing is missed and nothing cried for, and with each part of
// the checks left out something is missed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cardvault::torture {
namespace {

constexpr char kTorture[] = "tests/torture/audit_torture";

testing::Finished Torture(const std::string& runs, const std::string& broken) {
  TempDir directory;
  std::vector<std::string> words = {kTorture, "--runs", runs, "--seed", "1"};
  if (!broken.empty()) words.insert(words.end(), {"--break", broken});
  return testing::RunToEnd(words, directory.File("output"));
}

TEST(AuditTortureTest, EveryTamperingIsDetectedAndNothingElse) {
  const testing::Finished finished = Torture("3", "");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_EQ(finished.output.rfind("seed: 1\n", 0), 0u);
  EXPECT_NE(finished.output.find("\n3 runs, "), std::string::npos) << finished.output;
  EXPECT_NE(finished.output.find(" tamperings, 0 undetected, 0 false alarms\n"), std::string::npos)
      << finished.output;
}

TEST(AuditTortureTest, MissingOutsideCheckpointsAreFound) {
  const testing::Finished finished = Torture("10", "anchor");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_NE(finished.output.find("seed 1, run "), std::string::npos) << finished.output;
  EXPECT_EQ(finished.output.find(" 0 undetected,"), std::string::npos) << finished.output;
}

TEST(AuditTortureTest, EntriesThatAreNotHashedAreFound) {
  const testing::Finished finished = Torture("10", "node");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_EQ(finished.output.find(" 0 undetected,"), std::string::npos) << finished.output;
}

TEST(AuditTortureTest, WrongUsageExitsWithTwo) {
  EXPECT_EQ(Torture("none", "").exit_code, 2);
  EXPECT_EQ(Torture("1", "guard").exit_code, 2);
}

}  // namespace
}  // namespace cardvault::torture
