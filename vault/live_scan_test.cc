#include "vault/live_scan.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LiveScanTest : public ::testing::Test {
 protected:
  void Plant(const std::string& key) { engine_.Plant(Table::kTokenIndex, key, "x", 1); }

  absl::StatusOr<std::vector<std::string>> Scan(const std::string& after, size_t max_count) {
    return ScanPositions(engine_, Table::kTokenIndex, prefixes_, after, max_count, 2);
  }

  FakeEngine engine_;
  const std::vector<std::string> prefixes_ = {"m1", "m2"};
};

TEST_F(LiveScanTest, JoinsTheVersionsInOneOrder) {
  for (const char* key : {"m1aa", "m1cc", "m1ee", "m2bb", "m2dd", "m3ab", "l1ab"}) Plant(key);
  EXPECT_THAT(Scan("", 10), IsOkAndHolds(ElementsAre("aa", "bb", "cc", "dd", "ee")));
  EXPECT_THAT(Scan("bb", 10), IsOkAndHolds(ElementsAre("cc", "dd", "ee")));
  EXPECT_THAT(Scan("ee", 10), IsOkAndHolds(IsEmpty()));
}

TEST_F(LiveScanTest, StopsAtTheCountWithoutLeavingOneOut) {
  for (const char* key : {"m1aa", "m1bb", "m1cc", "m2ab", "m2ac", "m2zz"}) Plant(key);
  std::vector<std::string> all;
  std::string after;
  while (true) {
    const auto page = Scan(after, 2);
    ASSERT_THAT(page, IsOk());
    all.insert(all.end(), page->begin(), page->end());
    if (page->size() < 2) break;
    after = page->back();
  }
  EXPECT_THAT(all, ElementsAre("aa", "ab", "ac", "bb", "cc", "zz"));
}

// As a scan meets it of which the first half was before the move and the second after it.
TEST_F(LiveScanTest, WhatStandsUnderTwoVersionsIsThereOnce) {
  for (const char* key : {"m1aa", "m2aa", "m2bb"}) Plant(key);
  EXPECT_THAT(Scan("", 2), IsOkAndHolds(ElementsAre("aa", "bb")));
}

TEST_F(LiveScanTest, APositionOfAnotherSizeIsDamage) {
  Plant("m1aaa");
  EXPECT_THAT(Scan("", 10), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault
