#include "vault/engine/engine.h"

#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/length_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(PrefixEndTest, IsTheFirstKeyAfterThePrefix) {
  EXPECT_EQ(PrefixEnd("route/"), "route0");
  EXPECT_EQ(PrefixEnd(std::string("a\xff", 2)), "b");
  EXPECT_EQ(PrefixEnd(std::string("a\x7f", 2)), std::string("a\x80", 2));
}

TEST(PrefixEndTest, IsEmptyWhenNoKeyComesAfter) {
  EXPECT_EQ(PrefixEnd(""), "");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
}

TEST(TableTest, EveryTableHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i < kTableCount; ++i) {
    const absl::string_view name = TableName(static_cast<Table>(i));
    EXPECT_FALSE(name.empty());
    names.insert(std::string(name.data(), name.size()));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kTableCount));
}

// What every engine must do, tried on the one that is used and on the one that tests use.
struct EngineKind {
  std::string name;
  std::function<std::unique_ptr<Engine>(const std::string& path)> open;
};

class EngineTest : public ::testing::TestWithParam<EngineKind> {
 protected:
  EngineTest() : engine_(GetParam().open(directory_.File("vault"))) {}

  void Put(Table table, const std::string& key, const std::string& value, uint64_t revision) {
    const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
    batch->Put(table, key, value, revision);
    ASSERT_THAT(batch->Commit(), IsOk());
  }

  // "value@revision", "absent" or the name of the error.
  std::string Get(Table table, const std::string& key) {
    const absl::StatusOr<std::optional<Row>> row = engine_->Get(table, key);
    if (!row.ok()) return absl::StatusCodeToString(row.status().code());
    if (!row->has_value()) return "absent";
    return (*row)->value + "@" + std::to_string((*row)->revision);
  }

  std::vector<std::string> Scan(Table table, const std::string& first, const std::string& end,
                                size_t max_rows) {
    std::vector<std::string> found;
    const absl::StatusOr<std::vector<KeyedRow>> rows = engine_->Scan(table, first, end, max_rows);
    EXPECT_THAT(rows, IsOk());
    if (!rows.ok()) return found;
    for (const KeyedRow& row : *rows) found.push_back(row.key + "=" + row.row.value);
    return found;
  }

  TempDir directory_;
  std::unique_ptr<Engine> engine_;
};

INSTANTIATE_TEST_SUITE_P(
    Engines, EngineTest,
    ::testing::Values(EngineKind{"Fake",
                                 [](const std::string&) -> std::unique_ptr<Engine> {
                                   return std::make_unique<FakeEngine>();
                                 }},
                      EngineKind{"RocksDb",
                                 [](const std::string& path) -> std::unique_ptr<Engine> {
                                   RocksDbOptions options;
                                   options.path = path;
                                   options.create_if_missing = true;
                                   options.sync = false;
                                   absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine =
                                       OpenRocksDbEngine(options);
                                   return engine.ok() ? *std::move(engine) : nullptr;
                                 }}),
    [](const auto& info) { return info.param.name; });

TEST_P(EngineTest, GetAnswersWhatWasPutWithItsRevision) {
  Put(Table::kRecords, "a", "one", 7);
  EXPECT_EQ(Get(Table::kRecords, "a"), "one@7");
  Put(Table::kRecords, "a", "two", 9);
  EXPECT_EQ(Get(Table::kRecords, "a"), "two@9");
}

TEST_P(EngineTest, GetOfAnAbsentRowIsNoError) {
  EXPECT_EQ(Get(Table::kRecords, "a"), "absent");
  Put(Table::kRecords, "a", "", 1);
  EXPECT_EQ(Get(Table::kRecords, "a"), "@1");
  EXPECT_EQ(Get(Table::kRecords, ""), "absent");
}

TEST_P(EngineTest, TablesDoNotSeeEachOther) {
  for (int i = 0; i < kTableCount; ++i) {
    Put(static_cast<Table>(i), "key", std::to_string(i), static_cast<uint64_t>(i));
  }
  for (int i = 0; i < kTableCount; ++i) {
    EXPECT_EQ(Get(static_cast<Table>(i), "key"), std::to_string(i) + "@" + std::to_string(i));
  }
}

TEST_P(EngineTest, KeysAndValuesMayHoldAnyByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  Put(Table::kPayments, all, all, ~uint64_t{0});
  EXPECT_EQ(Get(Table::kPayments, all), all + "@18446744073709551615");
}

// All tables show as of one moment, whatever is written meanwhile.
TEST_P(EngineTest, ASnapshotStaysAsItWasTaken) {
  Put(Table::kRecords, "a", "one", 1);
  Put(Table::kRecords, "b", "one", 1);
  Put(Table::kDue, "a", "one", 1);
  absl::StatusOr<std::unique_ptr<EngineSnapshot>> snapshot = engine_->TakeSnapshot();
  ASSERT_THAT(snapshot, IsOk());
  const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
  batch->Put(Table::kRecords, "a", "two", 2);
  batch->Delete(Table::kRecords, "b");
  batch->Put(Table::kRecords, "c", "two", 2);
  batch->Put(Table::kDue, "b", "two", 2);
  ASSERT_THAT(batch->Commit(), IsOk());

  const auto seen = [&](Table table, const std::string& first, size_t max_rows) {
    std::vector<std::string> rows;
    const std::vector<KeyedRow> found = *(*snapshot)->Scan(table, first, "", max_rows);
    for (const KeyedRow& row : found) {
      rows.push_back(row.key + "=" + row.row.value + "@" + std::to_string(row.row.revision));
    }
    return rows;
  };
  EXPECT_THAT(seen(Table::kRecords, "", 10), ElementsAre("a=one@1", "b=one@1"));
  EXPECT_THAT(seen(Table::kRecords, "", 1), ElementsAre("a=one@1"));
  EXPECT_THAT(seen(Table::kRecords, "b", 10), ElementsAre("b=one@1"));
  EXPECT_THAT(seen(Table::kDue, "", 10), ElementsAre("a=one@1"));
  EXPECT_EQ((*(*snapshot)->Last(Table::kRecords))->key, "b");
  EXPECT_FALSE((*(*snapshot)->Last(Table::kPayments)).has_value());
  EXPECT_THAT(Scan(Table::kRecords, "", "", 10), ElementsAre("a=two", "c=two"));
}

TEST_P(EngineTest, ScanAnswersInKeyOrderWithinItsBounds) {
  for (const std::string key : {"b", "a", "d", "c"}) Put(Table::kDue, key, key, 1);
  EXPECT_THAT(Scan(Table::kDue, "", "", 10), ElementsAre("a=a", "b=b", "c=c", "d=d"));
  EXPECT_THAT(Scan(Table::kDue, "b", "d", 10), ElementsAre("b=b", "c=c"));
  EXPECT_THAT(Scan(Table::kDue, "bb", "", 10), ElementsAre("c=c", "d=d"));
  EXPECT_THAT(Scan(Table::kDue, "", "", 3), ElementsAre("a=a", "b=b", "c=c"));
  EXPECT_THAT(Scan(Table::kDue, "", "", 0), IsEmpty());
  EXPECT_THAT(Scan(Table::kDue, "e", "", 10), IsEmpty());
  EXPECT_THAT(Scan(Table::kDue, "c", "b", 10), IsEmpty());
}

TEST_P(EngineTest, ScanSortsBigEndianNumbers) {
  for (const uint64_t number : {uint64_t{256}, uint64_t{1}, uint64_t{255}, uint64_t{1} << 63}) {
    Put(Table::kAuditLeaves, BigEndian64(number), std::to_string(number), number);
  }
  std::vector<uint64_t> found;
  const absl::StatusOr<std::vector<KeyedRow>> rows = engine_->Scan(Table::kAuditLeaves, "", "", 10);
  ASSERT_THAT(rows, IsOk());
  for (const KeyedRow& row : *rows) found.push_back(row.row.revision);
  EXPECT_THAT(found, ElementsAre(1, 255, 256, uint64_t{1} << 63));
}

TEST_P(EngineTest, LastIsTheGreatestKey) {
  absl::StatusOr<std::optional<KeyedRow>> last = engine_->Last(Table::kAuditLeaves);
  ASSERT_THAT(last, IsOk());
  EXPECT_FALSE(last->has_value());
  Put(Table::kAuditLeaves, "b", "two", 2);
  Put(Table::kAuditLeaves, "a", "one", 3);
  last = engine_->Last(Table::kAuditLeaves);
  ASSERT_THAT(last, IsOk());
  ASSERT_TRUE(last->has_value());
  EXPECT_EQ((*last)->key, "b");
  EXPECT_EQ((*last)->row.value, "two");
  EXPECT_EQ((*last)->row.revision, 2u);
}

TEST_P(EngineTest, ABatchIsInvisibleUntilItIsCommitted) {
  Put(Table::kRecords, "gone", "x", 1);
  const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
  batch->Put(Table::kRecords, "a", "one", 2);
  batch->Put(Table::kDue, "b", "two", 2);
  batch->Delete(Table::kRecords, "gone");
  EXPECT_EQ(Get(Table::kRecords, "a"), "absent");
  EXPECT_EQ(Get(Table::kRecords, "gone"), "x@1");
  ASSERT_THAT(batch->Commit(), IsOk());
  EXPECT_EQ(Get(Table::kRecords, "a"), "one@2");
  EXPECT_EQ(Get(Table::kDue, "b"), "two@2");
  EXPECT_EQ(Get(Table::kRecords, "gone"), "absent");
}

TEST_P(EngineTest, ABatchThatIsDroppedChangesNothing) {
  engine_->NewBatch()->Put(Table::kRecords, "a", "one", 1);
  EXPECT_EQ(Get(Table::kRecords, "a"), "absent");
}

TEST_P(EngineTest, ConditionsJudgeStoredRows) {
  Put(Table::kRecords, "a", "one", 5);
  const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
  const auto holds = [&batch](const Precondition& p) {
    return !batch->FirstBroken({p})->has_value();
  };
  EXPECT_FALSE(holds(Precondition::Absent(Table::kRecords, "a")));
  EXPECT_TRUE(holds(Precondition::Absent(Table::kRecords, "b")));
  EXPECT_TRUE(holds(Precondition::Absent(Table::kDue, "a")));
  EXPECT_TRUE(holds(Precondition::Unchanged(Table::kRecords, "a", 5)));
  EXPECT_FALSE(holds(Precondition::Unchanged(Table::kRecords, "a", 4)));
  EXPECT_FALSE(holds(Precondition::Unchanged(Table::kRecords, "b", 0)));
}

TEST_P(EngineTest, ConditionsSeeTheBatchItself) {
  Put(Table::kRecords, "a", "one", 5);
  const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
  const auto holds = [&batch](const Precondition& p) {
    return !batch->FirstBroken({p})->has_value();
  };
  batch->Put(Table::kRecords, "a", "two", 6);
  EXPECT_FALSE(holds(Precondition::Unchanged(Table::kRecords, "a", 5)));
  EXPECT_TRUE(holds(Precondition::Unchanged(Table::kRecords, "a", 6)));
  batch->Delete(Table::kRecords, "a");
  EXPECT_TRUE(holds(Precondition::Absent(Table::kRecords, "a")));
  EXPECT_FALSE(holds(Precondition::Unchanged(Table::kRecords, "a", 6)));
  batch->Put(Table::kRecords, "a", "three", 7);
  EXPECT_TRUE(holds(Precondition::Unchanged(Table::kRecords, "a", 7)));
  batch->Put(Table::kDue, "n", "", 8);
  EXPECT_FALSE(holds(Precondition::Absent(Table::kDue, "n")));
  ASSERT_THAT(batch->Commit(), IsOk());
  EXPECT_EQ(Get(Table::kRecords, "a"), "three@7");
}

TEST_P(EngineTest, ManyConditionsAreJudgedTogetherAndTheFirstBrokenOneIsNamed) {
  std::vector<Precondition> conditions;
  for (int i = 0; i < 100; ++i) {
    const std::string key = absl::StrCat("row", i);
    if (i % 3 == 0) Put(Table::kRecords, key, "value", 10 + i);
    conditions.push_back(i % 3 == 0 ? Precondition::Unchanged(Table::kRecords, key, 10 + i)
                                    : Precondition::Absent(Table::kRecords, key));
    conditions.push_back(Precondition::Absent(Table::kDue, key));
  }
  const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
  EXPECT_THAT(batch->FirstBroken({}), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(batch->FirstBroken(conditions), IsOkAndHolds(Eq(std::nullopt)));

  batch->Put(Table::kDue, "row70", "", 500);
  EXPECT_THAT(batch->FirstBroken(conditions), IsOkAndHolds(Optional(141u)));
  batch->Delete(Table::kRecords, "row60");
  EXPECT_THAT(batch->FirstBroken(conditions), IsOkAndHolds(Optional(120u)));
  conditions[31].kind = Precondition::Kind::kUnchanged;
  EXPECT_THAT(batch->FirstBroken(conditions), IsOkAndHolds(Optional(31u)));
  conditions[30].kind = Precondition::Kind::kAbsent;
  EXPECT_THAT(batch->FirstBroken(conditions), IsOkAndHolds(Optional(30u)));
}

// Rows in order are looked at in another way than others: with gaps of every width, rows that are
// gone or changed, and the end of the table, the answer must be the same.
TEST_P(EngineTest, ConditionsOnRowsInOrderAreJudgedAsEachAlone) {
  const unsigned seed = std::random_device()();
  std::cout << "seed: " << seed << std::endl;
  std::mt19937 random(seed);
  const auto key_of = [](unsigned number) { return absl::StrCat("row", 10'000 + number); };
  const unsigned count = 400;
  std::vector<uint64_t> revisions(count);  // 0: not there
  const std::unique_ptr<EngineBatch> rows = engine_->NewBatch();
  for (unsigned i = 0; i < count; ++i) {
    if (random() % 8 == 0) continue;
    revisions[i] = 1 + random() % 1000;
    rows->Put(Table::kRecords, key_of(i), "value", revisions[i]);
  }
  ASSERT_THAT(rows->Commit(), IsOk());

  const std::unique_ptr<EngineBatch> batch = engine_->NewBatch();
  int broken_sets = 0;
  for (int round = 0; round < 300; ++round) {
    const unsigned widest = 1 + random() % 9;
    std::vector<Precondition> conditions;
    std::optional<size_t> first_broken;
    for (unsigned i = random() % 30; i < count + 20; i += 1 + random() % widest) {
      const uint64_t stored = i < count ? revisions[i] : 0;
      const bool is_wrong = random() % 300 == 0;
      if (stored == 0 && !is_wrong) continue;
      if (is_wrong && !first_broken.has_value()) first_broken = conditions.size();
      conditions.push_back(
          Precondition::Unchanged(Table::kRecords, key_of(i), is_wrong ? stored + 1 : stored));
    }
    broken_sets += first_broken.has_value();
    EXPECT_THAT(batch->FirstBroken(conditions), IsOkAndHolds(Eq(first_broken)));
  }
  EXPECT_GT(broken_sets, 0);
  EXPECT_LT(broken_sets, 300);
}

TEST_P(EngineTest, SettleIsOkWhenNothingFailed) { EXPECT_THAT(engine_->Settle(), IsOk()); }

}  // namespace
}  // namespace cardvault
