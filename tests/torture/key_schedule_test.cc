#include "tests/torture/key_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace cardvault::torture {
namespace {

constexpr uint64_t kSeed = 7;
constexpr uint64_t kRestoreOneIn = 10;

std::string TextOf(const KeySchedule& schedule) {
  std::string text = absl::StrCat(schedule.seed, schedule.uses_hsm, schedule.ends_with_kill);
  for (const std::string& number : schedule.numbers) absl::StrAppend(&text, "\n", number);
  for (const KeyStep& step : schedule.steps) {
    absl::StrAppend(&text, "\n", static_cast<int>(step.kind), " ", step.purpose, " ",
                    step.kill_after.has_value() ? step.kill_after->count() : -1);
  }
  return text;
}

TEST(KeyScheduleTest, SameSeedAndRunGiveTheSameSchedule) {
  EXPECT_EQ(TextOf(MakeKeySchedule(kSeed, 3, kRestoreOneIn)),
            TextOf(MakeKeySchedule(kSeed, 3, kRestoreOneIn)));
  EXPECT_NE(TextOf(MakeKeySchedule(kSeed, 3, kRestoreOneIn)),
            TextOf(MakeKeySchedule(kSeed, 4, kRestoreOneIn)));
  EXPECT_NE(TextOf(MakeKeySchedule(kSeed, 3, kRestoreOneIn)),
            TextOf(MakeKeySchedule(kSeed + 1, 3, kRestoreOneIn)));
}

TEST(KeyScheduleTest, EveryNumberIsAnotherCard) {
  for (int run = 1; run <= 50; ++run) {
    const KeySchedule schedule = MakeKeySchedule(kSeed, run, kRestoreOneIn);
    EXPECT_GE(schedule.numbers.size(), 30u);
    EXPECT_LE(schedule.numbers.size(), 60u);
    const std::set<std::string> different(schedule.numbers.begin(), schedule.numbers.end());
    EXPECT_EQ(different.size(), schedule.numbers.size());
  }
}

// What is promised to be played is played.
TEST(KeyScheduleTest, FiftyRunsPlayEverything) {
  std::set<std::pair<KeyStep::Kind, std::string>> steps;
  std::set<KeyStep::Kind> killed;
  int hsm_runs = 0;
  int kills = 0;
  int stops = 0;
  int restores = 0;
  for (int run = 1; run <= 50; ++run) {
    const KeySchedule schedule = MakeKeySchedule(kSeed, run, kRestoreOneIn);
    hsm_runs += schedule.uses_hsm;
    kills += schedule.kills();
    stops += !schedule.ends_with_kill;
    restores += schedule.restores();
    int restarts = 0;
    for (const KeyStep& step : schedule.steps) {
      steps.insert({step.kind, step.purpose});
      if (step.kill_after.has_value()) killed.insert(step.kind);
      restarts += step.kind == KeyStep::Kind::kRestartHsm;
    }
    EXPECT_EQ(restarts, schedule.uses_hsm ? 1 : 0);
  }
  for (const KeyStep::Kind kind :
       {KeyStep::Kind::kRotate, KeyStep::Kind::kReencrypt, KeyStep::Kind::kPause,
        KeyStep::Kind::kCompromise, KeyStep::Kind::kDestroy}) {
    for (const char* const purpose : kMovedPurposes) {
      EXPECT_EQ(steps.count({kind, purpose}), 1u) << static_cast<int>(kind) << " " << purpose;
    }
    EXPECT_EQ(killed.count(kind), 1u) << static_cast<int>(kind);
  }
  EXPECT_EQ(steps.count({KeyStep::Kind::kRotateKek, ""}), 1u);
  EXPECT_GE(hsm_runs, 5);
  EXPECT_GE(kills, 50);
  EXPECT_GE(stops, 10);
  EXPECT_GE(restores, 2);
  EXPECT_LE(restores, 10);
}

TEST(KeyScheduleTest, WhatIsRestoredWasBackedUpBefore) {
  int between = 0;
  for (int run = 1; run <= 50; ++run) {
    const KeySchedule schedule = MakeKeySchedule(kSeed, run, /*restore_one_in=*/1);
    EXPECT_TRUE(schedule.restores());
    std::vector<KeyStep::Kind> kinds;
    for (const KeyStep& step : schedule.steps) kinds.push_back(step.kind);
    const auto backup = std::find(kinds.begin(), kinds.end(), KeyStep::Kind::kBackup);
    const auto restore = std::find(backup, kinds.end(), KeyStep::Kind::kRestore);
    ASSERT_NE(restore, kinds.end());
    between += std::count(backup, restore, KeyStep::Kind::kRotateKek);
  }
  EXPECT_GE(between, 10);
}

}  // namespace
}  // namespace cardvault::torture
