// A few runs of tools/torture: all is well with the server that is shipped, and with each
// protection taken out something is found.

#include <gtest/gtest.h>

#include <string>

#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cardvault::torture {
namespace {

constexpr char kTorture[] = "tests/torture/payments_torture";

testing::Finished Torture(const std::string& runs, const std::string& broken,
                          const std::string& restore_one_in = "10") {
  TempDir directory;
  std::vector<std::string> words = {kTorture, "--runs",           runs,          "--seed",
                                    "1",      "--restore-one-in", restore_one_in};
  if (!broken.empty()) words.insert(words.end(), {"--break", broken});
  return testing::RunToEnd(words, directory.File("output"));
}

// What the last line says.
int CountOf(const testing::Finished& finished, const std::string& what) {
  const size_t end = finished.output.rfind(" " + what);
  if (end == std::string::npos) return -1;
  const size_t begin = finished.output.find_last_of(" \n", end - 1) + 1;
  return std::stoi(finished.output.substr(begin, end - begin));
}

TEST(PaymentsTortureTest, NothingIsPostedTwiceLostOrWrong) {
  const testing::Finished finished = Torture("3", "");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_EQ(CountOf(finished, "posted twice"), 0) << finished.output;
  EXPECT_EQ(CountOf(finished, "lost"), 0);
  EXPECT_EQ(CountOf(finished, "wrong"), 0);
  EXPECT_EQ(CountOf(finished, "runs"), 3);
  EXPECT_EQ(finished.output.rfind("seed: 1\n", 0), 0u);
}

TEST(PaymentsTortureTest, WhatARestoredLedgerForgotIsNotPostedAgain) {
  const testing::Finished finished = Torture("3", "", "1");
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_EQ(CountOf(finished, "restores,"), 3) << finished.output;
}

TEST(PaymentsTortureTest, MissingLookUpAfterARestoreIsFound) {
  const testing::Finished finished = Torture("20", "look-up", "1");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_GT(CountOf(finished, "posted twice"), 0) << finished.output;
}

TEST(PaymentsTortureTest, MissingResendGuardIsFound) {
  const testing::Finished finished = Torture("50", "guard");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_GT(CountOf(finished, "posted twice"), 0) << finished.output;
  EXPECT_NE(finished.output.find("seed 1, run "), std::string::npos) << finished.output;
}

TEST(PaymentsTortureTest, SendingBeforeTheIntentIsFound) {
  const testing::Finished finished = Torture("50", "intent");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  // Which of the two depends on where the kill falls.
  EXPECT_GT(CountOf(finished, "posted twice") + CountOf(finished, "lost"), 0) << finished.output;
}

TEST(PaymentsTortureTest, StatesThatMoveBackwardsAreFound) {
  const testing::Finished finished = Torture("50", "forward-only");
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_NE(finished.output.find("moved backwards"), std::string::npos) << finished.output;
}

TEST(PaymentsTortureTest, WrongUseExitsWithTwo) {
  EXPECT_EQ(Torture("none", "").exit_code, 2);
  EXPECT_EQ(Torture("1", "nothing").exit_code, 2);
}

}  // namespace
}  // namespace cardvault::torture
