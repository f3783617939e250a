// A few runs of tools/torture keys: all is well with the server that is shipped, and with each
// protection taken out something is found.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cardvault::torture {
namespace {

constexpr char kTorture[] = "tests/torture/keys_torture";

testing::Finished Torture(const std::string& runs, const std::string& broken,
                          const std::string& restore_one_in = "10") {
  TempDir directory;
  std::vector<std::string> words = {kTorture, "--runs",           runs,          "--seed",
                                    "1",      "--restore-one-in", restore_one_in};
  if (!broken.empty()) words.insert(words.end(), {"--break", broken});
  return testing::RunToEnd(words, directory.File("output"));
}

TEST(KeysTortureTest, EveryCardOpensOnceAndNoNonceComesBack) {
  const testing::Finished finished = Torture("4", "");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_EQ(finished.output.rfind("seed: 1\n", 0), 0u);
  EXPECT_NE(finished.output.find("\n4 runs, "), std::string::npos) << finished.output;
  EXPECT_NE(finished.output.find(" cards, 0 unreadable, 0 duplicated, 0 nonces reused\n"),
            std::string::npos)
      << finished.output;
}

TEST(KeysTortureTest, EveryCardOfABackupOpensAfterItsRestore) {
  const testing::Finished finished = Torture("2", "", "1");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_NE(finished.output.find(" 2 restores of a backup"), std::string::npos) << finished.output;
}

TEST(KeysTortureTest, KeyThatIsKeptByAnAdmissionIsFound) {
  const testing::Finished finished = Torture("20", "new-keys", "1");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  // It seals nothing more: it has no uses that were reserved since the restore.
  EXPECT_EQ(finished.output.find(" 0 unreadable,"), std::string::npos) << finished.output;
}

TEST(KeysTortureTest, StaleSnapshotThatCommitsIsFound) {
  const testing::Finished finished = Torture("50", "snapshot");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_NE(finished.output.find("seed 1, run "), std::string::npos) << finished.output;
  EXPECT_EQ(finished.output.find(" 0 unreadable,"), std::string::npos) << finished.output;
}

TEST(KeysTortureTest, MissingDualLookupIsFound) {
  const testing::Finished finished = Torture("50", "dual-lookup");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_EQ(finished.output.find(" 0 duplicated,"), std::string::npos) << finished.output;
}

TEST(KeysTortureTest, WrongUseExitsWithTwo) {
  EXPECT_EQ(Torture("none", "").exit_code, 2);
  EXPECT_EQ(Torture("1", "guard").exit_code, 2);
}

}  // namespace
}  // namespace cardvault::torture
