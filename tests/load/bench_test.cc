// That tools/bench runs. No figure of it is looked at: a test machine is not calm.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <string>

#include "tests/testing/child_process.h"
#include "tests/testing/temp_dir.h"

namespace cardvault::testing {
namespace {

constexpr char kBench[] = "tests/load/bench";

TEST(BenchTest, ForwarderSaysItsFiguresInBothForms) {
  TempDir directory;
  const std::string json = directory.File("figures.json");
  const Finished finished =
      RunToEnd({kBench, "forwarder", "--smoke", "--json", json}, directory.File("output"));
  ASSERT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_NE(finished.output.find("bench forwarder\n"), std::string::npos);
  EXPECT_NE(finished.output.find("\nTargets\n"), std::string::npos);

  rapidjson::Document figures;
  figures.Parse(ReadWholeFile(json));
  ASSERT_TRUE(figures.IsObject());
  for (const char* fact : {"mutual_tls", "sync", "audit"}) {
    EXPECT_EQ(std::string(figures["facts"][fact].GetString()), "on");
  }
  ASSERT_EQ(figures["own_cost"].Size(), 4u);  // two senders at two concurrencies
  for (const auto& row : figures["own_cost"].GetArray()) {
    EXPECT_GT(row["rate"].GetDouble(), 0);
    EXPECT_GT(row["own_p50_us"].GetDouble(), 0);
    EXPECT_GE(row["p50_us"].GetDouble(), row["own_p50_us"].GetDouble());
  }
  EXPECT_EQ(figures["own_cost_ratio"].Size(), 6u);
  ASSERT_EQ(figures["slow_upstream_threads"].Size(), 1u);
  EXPECT_GT(figures["slow_upstream_threads"][0]["before"].GetDouble(), 0);
  EXPECT_EQ(figures["targets"].Size(), 3u);
}

TEST(BenchTest, KeysSaysItsFiguresInBothForms) {
  TempDir directory;
  const std::string json = directory.File("figures.json");
  const Finished finished =
      RunToEnd({kBench, "keys", "--smoke", "--json", json}, directory.File("output"));
  ASSERT_EQ(finished.exit_code, 0) << finished.output;
  rapidjson::Document figures;
  figures.Parse(ReadWholeFile(json));
  ASSERT_TRUE(figures.IsObject());
  ASSERT_EQ(figures["reencryption"].Size(), 5u);  // two purposes with a ceiling, one without
  for (const auto& row : figures["reencryption"].GetArray()) {
    EXPECT_GT(row["rate"].GetDouble(), 0);
    EXPECT_GT(row["cpu_us"].GetDouble(), 0);
  }
  EXPECT_EQ(figures["reencryption_ratio"].Size(), 2u);
  EXPECT_EQ(figures["targets"].Size(), 5u);
  ASSERT_EQ(figures["rotation"].Size(), 4u);  // two calls, alone and beside
  for (const auto& row : figures["rotation"].GetArray()) EXPECT_GT(row["p99_us"].GetDouble(), 0);
  EXPECT_EQ(figures["rotation_ratio"].Size(), 2u);
  ASSERT_EQ(figures["start"].Size(), 2u);
  EXPECT_EQ(figures["start"][1]["key_versions"].GetDouble(), 30);
  ASSERT_EQ(figures["unseal"].Size(), 1u);
  EXPECT_GE(figures["unseal"][0]["versions"].GetDouble(), 40);
}

TEST(BenchTest, AuditSaysItsFiguresInBothForms) {
  TempDir directory;
  const std::string json = directory.File("figures.json");
  const Finished finished =
      RunToEnd({kBench, "audit", "--smoke", "--json", json}, directory.File("output"));
  ASSERT_EQ(finished.exit_code, 0) << finished.output;
  rapidjson::Document figures;
  figures.Parse(ReadWholeFile(json));
  ASSERT_TRUE(figures.IsObject());
  ASSERT_EQ(figures["audit_verify"].Size(), 2u);
  EXPECT_GT(figures["audit_verify"][1]["rate"].GetDouble(), 0);
  ASSERT_EQ(figures["audit_proofs"].Size(), 4u);  // two kinds at two sizes
  EXPECT_GE(figures["audit_proofs"][2]["entries"].GetDouble(), 2000);
  EXPECT_GT(figures["audit_proofs"][2]["most_nodes"].GetDouble(), 4);
  ASSERT_EQ(figures["audit_cost"].Size(), 2u);
  for (const auto& row : figures["audit_cost"].GetArray()) EXPECT_GT(row["calls"].GetDouble(), 0);
  EXPECT_EQ(figures["targets"].Size(), 2u);
}

TEST(BenchTest, UsageIsToldFromFailure) {
  TempDir directory;
  EXPECT_EQ(RunToEnd({kBench}, directory.File("none")).exit_code, 2);
  EXPECT_EQ(RunToEnd({kBench, "nothing"}, directory.File("unknown")).exit_code, 2);
  const Finished help = RunToEnd({kBench, "--help"}, directory.File("help"));
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.output.find("forwarder"), std::string::npos);
  EXPECT_NE(help.output.find("keys"), std::string::npos);
}

}  // namespace
}  // namespace cardvault::testing
