#include "cli/line_diff.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace cardvault::cli {
namespace {

std::string Numbered(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) absl::StrAppend(&text, i, "\n");
  return text;
}

TEST(LineDiffTest, SameLinesGiveNothing) {
  EXPECT_EQ(LineDiff("", ""), "");
  EXPECT_EQ(LineDiff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(LineDiff("a\nb", "a\nb\n"), "");
}

// As diff -u has it but for its first two lines.
TEST(LineDiffTest, ShowsWhatIsTakenOutAndPutInWithLinesAround) {
  EXPECT_EQ(LineDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  EXPECT_EQ(LineDiff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(LineDiff("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
  EXPECT_EQ(LineDiff("a\nb\nc\n", "a\nc\n"), "@@ -1,3 +1,2 @@\n a\n-b\n c\n");
  // Empty lines are lines.
  EXPECT_EQ(LineDiff("a\n\nb\n", "a\nb\n"), "@@ -1,3 +1,2 @@\n a\n-\n b\n");
}

TEST(LineDiffTest, WhatLiesFarApartStandsApart) {
  const std::string before = Numbered(1, 30);
  const std::string after = absl::StrCat("0\n", Numbered(1, 19), Numbered(21, 30));
  EXPECT_EQ(LineDiff(before, after),
            "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n"
            "@@ -17,7 +18,6 @@\n 17\n 18\n 19\n-20\n 21\n 22\n 23\n");
}

TEST(LineDiffTest, KeepsTheMostLines) {
  EXPECT_EQ(LineDiff("a\nb\nc\nd\n", "b\nx\nd\ne\n"), "@@ -1,4 +1,4 @@\n-a\n b\n-c\n+x\n d\n+e\n");
}

// Beyond the bound nothing is left out either.
TEST(LineDiffTest, BeyondItsBoundTheWholeMiddleIsShown) {
  EXPECT_EQ(LineDiff("a\nb\nc\nd\n", "a\nx\nc\ny\nd\n", 5),
            "@@ -1,4 +1,5 @@\n a\n-b\n-c\n+x\n+c\n+y\n d\n");
}

}  // namespace
}  // namespace cardvault::cli
