#include <atomic>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using Kind = CommitResult::Kind;

TEST_F(CommitPipelineTest, AFullQueueRefusesAtOnceOnTheCallersThread) {
  Start({kMaxQueuedSets + 1});
  std::atomic<int> done = 0;
  const auto counts = [&done](CommitResult result) {
    EXPECT_TRUE(result.committed());
    ++done;
  };
  for (size_t i = 0; i < kMaxQueuedSets; ++i) {
    pipeline_->Submit(PutSet(Table::kRecords, "a", "x"), counts);
  }
  bool refused = false;
  pipeline_->Submit(PutSet(Table::kRecords, "a", "x"),
                    [&refused, caller = std::this_thread::get_id()](CommitResult result) {
                      EXPECT_EQ(std::this_thread::get_id(), caller);
                      EXPECT_THAT(result.status, StatusIs(absl::StatusCode::kResourceExhausted,
                                                          ErrorReason::kLimit));
                      refused = result.kind == Kind::kFailed;
                    });
  EXPECT_TRUE(refused);
  pipeline_->Stop();  // commits what waits
  EXPECT_EQ(done, static_cast<int>(kMaxQueuedSets));
  EXPECT_EQ(pipeline_->audit_entry_count(), kMaxQueuedSets);
}

TEST_F(CommitPipelineTest, StopCommitsWhatWaitsAndRefusesWhatComesLater) {
  Start({100});
  std::atomic<int> done = 0;
  for (int i = 0; i < 10; ++i) {
    pipeline_->Submit(PutSet(Table::kRecords, absl::StrCat(i), "x"), [&done](CommitResult result) {
      EXPECT_TRUE(result.committed());
      ++done;
    });
  }
  pipeline_->Stop();
  EXPECT_EQ(done, 10);
  const CommitResult late = Commit(PutSet(Table::kRecords, "late", "x"));
  EXPECT_EQ(late.kind, Kind::kFailed);
  EXPECT_THAT(late.status, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  pipeline_->Stop();
  EXPECT_EQ(Log().size(), 10u);
}

TEST_F(CommitPipelineTest, StopFromSeveralThreadsReturnsAfterTheDrain) {
  Start();
  std::atomic<bool> committed = false;
  pipeline_->HoldUntil(2);
  pipeline_->Submit(PutSet(Table::kRecords, "a", "x"),
                    [&committed](CommitResult) { committed = true; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, &committed] {
      pipeline_->Stop();
      EXPECT_TRUE(committed);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CommitPipelineTest, DoneMaySubmitTheNextSet) {
  Start();
  absl::Notification finished;
  pipeline_->Submit(PutSet(Table::kRecords, "a", "x"), [this, &finished](CommitResult) {
    pipeline_->Submit(PutSet(Table::kRecords, "b", "x"), [&finished](CommitResult result) {
      EXPECT_EQ(result.revision, 1u);
      finished.Notify();
    });
  });
  finished.WaitForNotification();
}

TEST_F(CommitPipelineTest, CallersAreCompletedInOrder) {
  Start({50});
  std::vector<int> order;
  absl::BlockingCounter left(50);
  for (int i = 0; i < 50; ++i) {
    pipeline_->Submit(PutSet(Table::kRecords, "a", "x"), [&order, &left, i](CommitResult) {
      order.push_back(i);
      left.DecrementCount();
    });
  }
  left.Wait();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace cardvault
