#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "keys/keyring_holder.h"
#include "tests/crash/power_loss_file_system.h"
#include "tests/crash/store_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/rocksdb_engine.h"
#include "vault/engine/rocksdb_hooks.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using Leaves = PowerLossFileSystem::Leaves;
using Fault = PowerLossFileSystem::Fault;

// CARDVAULT_SEED plays a run again, as far as threads let it.
uint64_t Seed() {
  static const uint64_t seed = [] {
    uint64_t value = std::random_device()();
    const char* const given = getenv("CARDVAULT_SEED");
    if (given != nullptr && !absl::SimpleAtoi(given, &value)) value = 0;
    std::cout << "seed: CARDVAULT_SEED=" << value << std::endl;
    return value;
  }();
  return seed;
}

// CARDVAULT_TORTURE=10 runs ten times as long.
int Torture() {
  int times = 1;
  const char* const given = getenv("CARDVAULT_TORTURE");
  if (given != nullptr && (!absl::SimpleAtoi(given, &times) || times < 1)) times = 1;
  return times;
}

// A store on a disk whose power can be cut.
class PowerLossTest : public ::testing::Test {
 protected:
  PowerLossTest()
      : random_(Seed()),
        disk_(std::make_shared<PowerLossFileSystem>(attic_.path(), Seed())),
        workload_(Seed()) {
    hooks_.file_system = disk_;
    options_.path = directory_.File("vault");
    options_.create_if_missing = true;
    options_.hooks = &hooks_;
    // Small, so that log files are finished and tables written and compacted all the time.
    options_.write_buffer_size_bytes = size_t{256} << 10;
  }

  void Open() {
    absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options_);
    ASSERT_THAT(engine, IsOk());
    engine_ = *std::move(engine);
    absl::StatusOr<std::unique_ptr<CommitPipeline>> pipeline =
        CommitPipeline::Start(*engine_, keyring_, SystemClock(), {});
    ASSERT_THAT(pipeline, IsOk());
    pipeline_ = *std::move(pipeline);
  }

  void Close() {
    pipeline_.reset();
    engine_.reset();
  }

  // Several writers at once until `until` is true.
  template <typename Until>
  void Write(int writers, Until until) {
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
      threads.emplace_back([this, i, &until] {
        while (!until()) workload_.Step(i, *engine_, *pipeline_);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  // Writers until the power is cut at a random moment.
  void WriteUntilPowerCut(int writers) {
    disk_->CutPowerAtChange(1 + random_() % 1000);
    Write(writers, [this] { return disk_->power_is_off(); });
  }

  std::string Describe(const CrashFindings& found) {
    return absl::StrCat("objects ", found.objects, ", lost ", found.lost, ", half ", found.half,
                        ", foreign ", found.foreign, ", gaps ", found.log_gaps, ", unlogged ",
                        found.unlogged, ", log entries ", found.log_entries, ", acknowledged ",
                        workload_.acknowledged_count(), ", refused ", workload_.refused_count(),
                        ", forgotten bytes ", disk_->forgotten_bytes());
  }

  TempDir directory_;
  TempDir attic_;
  std::mt19937_64 random_;
  std::shared_ptr<PowerLossFileSystem> disk_;
  RocksDbHooks hooks_;
  RocksDbOptions options_;
  KeyringHolder keyring_;
  StoreWorkload workload_;
  std::unique_ptr<RocksDbEngine> engine_;
  std::unique_ptr<CommitPipeline> pipeline_;
};

// Promise 3: what was acknowledged survives, what was not is absent or complete, and the log has no
// gap; over and over on the same store.
TEST_F(PowerLossTest, AcknowledgedWriteSetsSurviveEveryPowerCut) {
  const int cuts = 15 * Torture();
  for (int cut = 0; cut < cuts; ++cut) {
    ASSERT_NO_FATAL_FAILURE(Open()) << "after cut " << cut;
    WriteUntilPowerCut(8);
    Close();
    disk_->RestorePower(random_() % 2 == 0 ? Leaves::kNothing : Leaves::kRandomPrefix);
    ASSERT_NO_FATAL_FAILURE(Open()) << "after cut " << cut;
    const CrashFindings found = workload_.Check(*engine_);
    ASSERT_TRUE(found.clean()) << "after cut " << cut << ": " << Describe(found);
    EXPECT_EQ(pipeline_->audit_entry_count(), found.log_entries);
    Close();
    if (cut + 1 == cuts) std::cout << Describe(found) << std::endl;
  }
  EXPECT_GT(workload_.acknowledged_count(), 0);
}

// The same without waiting for the medium loses what it acknowledged: the harness can fail.
TEST_F(PowerLossTest, WithoutSyncAcknowledgedWriteSetsAreLost) {
  options_.sync = false;
  // So large that no table is written before the cut: writing one syncs the log it stands for.
  options_.write_buffer_size_bytes = size_t{64} << 20;
  ASSERT_NO_FATAL_FAILURE(Open());
  disk_->CutPowerAtChange(500);
  Write(8, [this] { return disk_->power_is_off(); });
  Close();
  disk_->RestorePower(Leaves::kNothing);
  EXPECT_GT(disk_->forgotten_bytes(), 0u);
  ASSERT_NO_FATAL_FAILURE(Open());
  const CrashFindings found = workload_.Check(*engine_);
  std::cout << Describe(found) << std::endl;
  EXPECT_GT(found.lost, 0);
}

// One writer, and a cut at one change after the other: creation of the vault, log, flush,
// compaction and the opening after the cut itself.
TEST_F(PowerLossTest, APowerCutAtAnyChangeLosesNothing) {
  constexpr int kSteps = 30;
  const auto work = [this] {
    absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options_);
    if (!engine.ok()) return;  // the cut came while it was opened
    engine_ = *std::move(engine);
    absl::StatusOr<std::unique_ptr<CommitPipeline>> pipeline =
        CommitPipeline::Start(*engine_, keyring_, SystemClock(), {});
    if (!pipeline.ok()) return;
    pipeline_ = *std::move(pipeline);
    for (int i = 0; i < kSteps && !disk_->power_is_off(); ++i) {
      workload_.Step(0, *engine_, *pipeline_);
      if (i == kSteps / 2) (void)engine_->Purge(Table::kRecords);
    }
  };
  const uint64_t stride = Torture() > 1 ? 1 : 6 + random_() % 4;
  int cuts = 0;
  for (uint64_t nth = 1; nth < 400; nth += stride) {
    disk_->CutPowerAtChange(nth);
    work();
    disk_->CutPower();
    Close();
    disk_->RestorePower(cuts % 2 == 0 ? Leaves::kNothing : Leaves::kRandomPrefix);
    ++cuts;
    ASSERT_NO_FATAL_FAILURE(Open()) << "after a cut at change " << nth;
    const CrashFindings found = workload_.Check(*engine_);
    ASSERT_TRUE(found.clean()) << "after a cut at change " << nth << ": " << Describe(found);
    Close();
  }
  EXPECT_GT(cuts, 35);
}

// The first opening of all, cut off at any change, is done again by the next.
TEST_F(PowerLossTest, ACreationThatWasCutOffIsDoneAgain) {
  for (uint64_t nth = 1; nth < 200; nth += 3) {
    options_.path = directory_.File(absl::StrCat("vault", nth));
    disk_->CutPowerAtChange(nth);
    const bool created = OpenRocksDbEngine(options_).ok();
    disk_->CutPower();
    disk_->RestorePower(nth % 2 == 0 ? Leaves::kNothing : Leaves::kRandomPrefix);
    EXPECT_THAT(OpenRocksDbEngine(options_), IsOk()) << "after a cut at change " << nth;
    if (created) break;
  }
}

// A disk that writes pages in any order leaves holes in what was not synced. Then the vault may
// refuse to open, because a hole cannot be told from damage; what it opens is right.
TEST_F(PowerLossTest, PagesWrittenInAnyOrderGiveNoWrongData) {
  int refused = 0;
  const int cuts = 12 * Torture();
  for (int cut = 0; cut < cuts; ++cut) {
    options_.path = directory_.File(absl::StrCat("vault", cut));
    StoreWorkload workload(Seed() + static_cast<uint64_t>(cut));
    ASSERT_NO_FATAL_FAILURE(Open());
    pipeline_->HoldUntil(16);  // batches of many pages
    disk_->CutPowerAtChange(1 + random_() % 300);
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([this, i, &workload] {
        while (!disk_->power_is_off()) workload.Step(i, *engine_, *pipeline_);
      });
    }
    for (std::thread& thread : threads) thread.join();
    Close();
    disk_->RestorePower(Leaves::kRandomPages);
    const absl::StatusOr<std::unique_ptr<RocksDbEngine>> engine = OpenRocksDbEngine(options_);
    if (!engine.ok()) {
      EXPECT_THAT(engine, StatusIs(absl::StatusCode::kDataLoss));
      ++refused;
      continue;
    }
    const CrashFindings found = workload.Check(**engine);
    EXPECT_TRUE(found.clean()) << "after cut " << cut << ": " << Describe(found);
  }
  std::cout << "refused to open after " << refused << " of " << cuts << " cuts" << std::endl;
}

// The process dies, the machine lives on: nothing is forgotten, and nothing is half there.
TEST_F(PowerLossTest, AcknowledgedWriteSetsSurviveTheDeathOfTheProcess) {
  for (int death = 0; death < 5 * Torture(); ++death) {
    ASSERT_NO_FATAL_FAILURE(Open());
    WriteUntilPowerCut(8);
    Close();
    disk_->RestorePower(Leaves::kEverything);
    ASSERT_NO_FATAL_FAILURE(Open());
    const CrashFindings found = workload_.Check(*engine_);
    ASSERT_TRUE(found.clean()) << "after death " << death << ": " << Describe(found);
    Close();
  }
}

// A7: while the medium fails every set is refused; when it works again the pipeline goes on by
// itself. Whatever became of the batch in between, the log has no gap and no set is half there.
TEST_F(PowerLossTest, AMediumThatFailsForAWhileLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(Open());
  const std::vector<Fault> faults = {
      {true, false, true, false}, {false, true, true, false},  {true, true, false, false},
      {true, false, false, true}, {false, true, false, false}, {true, true, false, true},
  };
  for (size_t round = 0; round < faults.size() * Torture(); ++round) {
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this, i, &stop] {
        while (!stop) workload_.Step(i, *engine_, *pipeline_);
      });
    }
    const auto acknowledge = [this](int more) {
      const int until = workload_.acknowledged_count() + more;
      const absl::Time deadline = absl::Now() + absl::Seconds(60);
      while (workload_.acknowledged_count() < until && absl::Now() < deadline) {
        absl::SleepFor(absl::Milliseconds(1));
      }
      return workload_.acknowledged_count() >= until;
    };
    EXPECT_TRUE(acknowledge(static_cast<int>(20 + random_() % 200)));
    const int refused = workload_.refused_count();
    disk_->Fail(faults[round % faults.size()]);
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (workload_.refused_count() < refused + 5 && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(1));
    }
    EXPECT_GE(workload_.refused_count(), refused + 5);
    // No medium fails for log files alone: the engine's look at it sees nothing then, and the
    // database may be closed while it cannot be opened again.
    if (!faults[round % faults.size()].only_log_files) {
      EXPECT_THAT(engine_->Last(Table::kAuditLeaves), IsOk()) << "reads go on meanwhile";
    }
    disk_->Heal();
    EXPECT_TRUE(acknowledge(50)) << "it did not go on in round " << round;
    stop = true;
    for (std::thread& thread : threads) thread.join();
    const CrashFindings found = workload_.Check(*engine_);
    ASSERT_TRUE(found.clean()) << "in round " << round << ": " << Describe(found);
  }
  disk_->CutPower();
  Close();
  disk_->RestorePower(Leaves::kNothing);
  ASSERT_NO_FATAL_FAILURE(Open());
  const CrashFindings found = workload_.Check(*engine_);
  EXPECT_TRUE(found.clean()) << Describe(found);
  std::cout << Describe(found) << std::endl;
}

// A sync fails, the process goes on with the next batch, and then it dies: the batch that was
// refused must not come up again behind, or within, the one that was acknowledged.
TEST_F(PowerLossTest, ABatchWhoseSyncFailedDoesNotComeBackOverTheNext) {
  for (int writes_before = 0; writes_before < 3; ++writes_before) {
    options_.path = directory_.File(absl::StrCat("vault", writes_before));
    StoreWorkload workload(Seed());
    ASSERT_NO_FATAL_FAILURE(Open());
    for (int i = 0; i < writes_before; ++i) EXPECT_TRUE(workload.Step(0, *engine_, *pipeline_));
    Fault fault;
    fault.syncs = true;
    fault.only_log_files = true;
    disk_->Fail(fault);
    EXPECT_FALSE(workload.Step(1, *engine_, *pipeline_));
    disk_->Heal();
    EXPECT_TRUE(workload.Step(2, *engine_, *pipeline_));
    disk_->CutPower();
    Close();
    disk_->RestorePower(Leaves::kEverything);
    ASSERT_NO_FATAL_FAILURE(Open());
    const CrashFindings found = workload.Check(*engine_);
    EXPECT_TRUE(found.clean()) << writes_before << ": " << Describe(found);
    Close();
  }
}

}  // namespace
}  // namespace cardvault
