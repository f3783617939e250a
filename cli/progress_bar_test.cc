#include "cli/progress_bar.h"

#include "gtest/gtest.h"

namespace cardvault::cli {
namespace {

TEST(ProgressBarTest, TellsPartRateAndTimeLeft) {
  EXPECT_EQ(BarText({"pan version 3", 5200, 10000, 4998.4, 125}),
            "pan version 3  [###############...............]  52 %  5,200 of 10,000  4,998/s  "
            "2 min 5 s left");
}

TEST(ProgressBarTest, IsNeverFullerThanFull) {
  EXPECT_EQ(BarText({"x", 12, 10, 0, std::nullopt}),
            "x  [##############################]  100 %  12 of 10");
  EXPECT_EQ(BarText({"x", 0, 0, 0, std::nullopt}),
            "x  [##############################]  100 %  0 of 0");
}

TEST(ProgressBarTest, SaysWhenTheWholeIsNotKnown) {
  EXPECT_EQ(BarText({"x", 1234567, std::nullopt, 0, std::nullopt}),
            "x  [..............................]  1,234,567, counting");
}

TEST(ProgressBarTest, SpansAreInTheUnitsThatMatter) {
  EXPECT_EQ(SpanText(0), "0 s");
  EXPECT_EQ(SpanText(59), "59 s");
  EXPECT_EQ(SpanText(60), "1 min 0 s");
  EXPECT_EQ(SpanText(3600 + 125), "1 h 2 min");
}

}  // namespace
}  // namespace cardvault::cli
