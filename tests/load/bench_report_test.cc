#include "tests/load/bench_report.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>
#include <string>

namespace cardvault::testing {
namespace {

BenchReport Sample() {
  BenchReport report("sample");
  report.AddFact("mutual_tls", "on");
  report.AddTable(
      {"calls",
       "Calls",
       {{"what", 0}, {"rate", 0}, {"p50_us", 1}},
       {{std::string("plain post"), 1234.5678, 12.34}, {std::string("PayIn"), {}, 7.0}}});
  report.AddTarget({"processor time", 150, 0, "us", 200});
  return report;
}

TEST(BenchReportTest, TextHasAlignedColumns) {
  EXPECT_EQ(Sample().Text(),
            "bench sample\n"
            "\n"
            "  mutual tls  on\n"
            "\n"
            "Calls\n"
            "  what        rate  p50 us\n"
            "  plain post  1235    12.3\n"
            "  PayIn                7.0\n"
            "\n"
            "Targets\n"
            "                  measured  at most\n"
            "  processor time  150 us    200 us   ok\n");
}

TEST(BenchReportTest, JsonSaysTheSame) {
  rapidjson::Document document;
  document.Parse(Sample().Json());
  ASSERT_TRUE(document.IsObject());
  EXPECT_EQ(std::string(document["part"].GetString()), "sample");
  EXPECT_EQ(std::string(document["facts"]["mutual_tls"].GetString()), "on");
  ASSERT_EQ(document["calls"].Size(), 2u);
  EXPECT_EQ(document["calls"][0]["rate"].GetDouble(), 1234.567);
  EXPECT_FALSE(document["calls"][1].HasMember("rate"));
  EXPECT_EQ(document["targets"][0]["at_most"].GetDouble(), 200);
  EXPECT_TRUE(document["targets"][0]["met"].GetBool());
}

TEST(BenchReportTest, AFigureThatCouldNotBeTakenIsBelowItsTarget) {
  BenchReport report("sample");
  report.AddTarget({"p99", std::numeric_limits<double>::quiet_NaN(), 2, "", 1.5});
  EXPECT_FALSE(report.all_met());
  EXPECT_NE(report.Text().find("  p99  none      1.50     below\n"), std::string::npos)
      << report.Text();
  rapidjson::Document document;
  document.Parse(report.Json());
  ASSERT_TRUE(document.IsObject());
  EXPECT_TRUE(document["targets"][0]["value"].IsNull());
}

TEST(BenchReportTest, AFigureAboveItsLimitIsBelowItsTarget) {
  BenchReport report = Sample();
  EXPECT_TRUE(report.all_met());
  report.AddTarget({"p99, with to alone", 1.51, 2, "", 1.5});
  EXPECT_FALSE(report.all_met());
  EXPECT_NE(report.Text().find("p99, with to alone  1.51      1.50     below\n"), std::string::npos)
      << report.Text();
  EXPECT_NE(report.Json().find("\"met\": false"), std::string::npos);
}

}  // namespace
}  // namespace cardvault::testing
