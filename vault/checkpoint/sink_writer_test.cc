#include "vault/checkpoint/sink_writer.h"

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/checkpoint/testing/test_sink.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kDeadline = absl::Seconds(2);

class SinkWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<SinkWriter> NewWriter() {
    auto sink = std::make_unique<TestSink>(state_);
    return std::make_unique<SinkWriter>(
        std::move(sink), clock_, SinkWriter::Options{.is_required = true, .deadline = kDeadline});
  }

  FakeClock clock_;
  std::shared_ptr<TestSink::State> state_ = std::make_shared<TestSink::State>();
};

TEST_F(SinkWriterTest, WritesWhatItIsGiven) {
  const auto writer = NewWriter();
  EXPECT_THAT(writer->Check(), IsOk());
  writer->Write("a");
  EXPECT_THAT(writer->Flush(), IsOk());
  writer->Write("b");
  EXPECT_THAT(writer->Flush(), IsOk());
  EXPECT_THAT(state_->Notes(), ElementsAre("a", "b"));
}

TEST_F(SinkWriterTest, AFailureStandsUntilANoteIsWritten) {
  const auto writer = NewWriter();
  state_->Fail(true);
  writer->Write("a");
  EXPECT_THAT(writer->Flush(), StatusIs(absl::StatusCode::kUnavailable));
  state_->Fail(false);
  EXPECT_THAT(writer->Check(), StatusIs(absl::StatusCode::kUnavailable));
  writer->Write("b");
  EXPECT_THAT(writer->Flush(), IsOk());
  EXPECT_THAT(state_->Notes(), ElementsAre("b"));
}

TEST_F(SinkWriterTest, WhatTheSinkSeesItselfIsSeenAtOnce) {
  const auto writer = NewWriter();
  state_->FailProbe(true);
  EXPECT_THAT(writer->Check(), StatusIs(absl::StatusCode::kUnavailable));
  state_->FailProbe(false);
  EXPECT_THAT(writer->Check(), IsOk());
}

// A7: a sink that hangs is noticed when its deadline is over, holds nobody up, and is well again
// when it goes on; of what came meanwhile the newest is written.
TEST_F(SinkWriterTest, OneThatHangsIsLateAndThenWellAgain) {
  const auto writer = NewWriter();
  state_->Hang(true);
  writer->Write("a");
  state_->AwaitHanging();
  EXPECT_THAT(writer->Check(), IsOk());
  clock_.Advance(kDeadline);
  EXPECT_THAT(writer->Check(), IsOk());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(writer->Check(), StatusIs(absl::StatusCode::kUnavailable));
  writer->Write("b");
  writer->Write("c");
  EXPECT_THAT(writer->Check(), StatusIs(absl::StatusCode::kUnavailable));
  state_->Hang(false);
  EXPECT_THAT(writer->Flush(), IsOk());
  EXPECT_THAT(state_->Notes(), ElementsAre("a", "c"));
}

// One that always has the next note to write is not late as long as each is written in time.
TEST_F(SinkWriterTest, OneThatIsBusyIsWell) {
  const auto writer = NewWriter();
  for (int i = 0; i < 10; ++i) {
    state_->Hang(true);
    writer->Write("a");
    state_->AwaitHanging();
    writer->Write("b");  // waits behind it
    clock_.Advance(kDeadline * 0.4);
    EXPECT_THAT(writer->CheckWritten(), IsOk());
    state_->LetOneGo();
    state_->AwaitHanging();
    clock_.Advance(kDeadline * 0.4);
    EXPECT_THAT(writer->CheckWritten(), IsOk());
    state_->Hang(false);
    EXPECT_THAT(writer->Flush(), IsOk());
  }
}

// What a write mends by itself, nobody asking meanwhile.
TEST_F(SinkWriterTest, AFaultIsRememberedUntilItIsTaken) {
  const auto writer = NewWriter();
  EXPECT_THAT(writer->TakeFault(), IsOk());
  state_->FailProbe(true);
  writer->Write("a");
  EXPECT_THAT(writer->Flush(), IsOk());
  state_->FailProbe(false);
  EXPECT_THAT(writer->TakeFault(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(writer->TakeFault(), IsOk());
}

}  // namespace
}  // namespace cardvault
