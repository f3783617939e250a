#include "vault/checkpoint/checkpointer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/action.h"
#include "audit/checkpoint.h"
#include "audit/note_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/checkpoint/log_health.h"
#include "vault/checkpoint/testing/test_sink.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/engine/space_reserve.h"

namespace cardvault {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOrigin[] = "cardvault/test/log/1";

class CheckpointerTest : public CommitPipelineTest {
 protected:
  void SetUp() override {
    sinks_.push_back(std::make_unique<SinkWriter>(std::make_unique<TestSink>(state_), clock_,
                                                  SinkWriter::Options{.is_required = true}));
    health_ = std::make_unique<LogHealth>(space_, sinks_);
    Start({.gate = health_.get()});
    checkpointer_ = std::make_unique<Checkpointer>(*pipeline_, keyring_, clock_, sinks_,
                                                   Checkpointer::Options{.origin = kOrigin});
  }

  // The pipeline asks the gate as long as it has something to write.
  void TearDown() override {
    checkpointer_.reset();
    pipeline_.reset();
  }

  void CommitSome() { ASSERT_TRUE(Commit(PutSet(Table::kRecords, "row", "x")).committed()); }

  // The notes that the sink has by now.
  std::vector<std::string> Notes() {
    (void)sinks_[0]->Flush();
    return state_->Notes();
  }

  // The first step offers the newest note again to a sink that is not well, the second sees what
  // became of it.
  void StepTwice() {
    checkpointer_->Step();
    (void)sinks_[0]->Flush();
    checkpointer_->Step();
    (void)sinks_[0]->Flush();
  }

  absl::StatusOr<Checkpoint> Opened(const std::string& note, const Keyring& keyring) {
    return OpenCheckpoint(note, *CheckpointKeys(keyring, kOrigin));
  }

  std::shared_ptr<TestSink::State> state_ = std::make_shared<TestSink::State>();
  SpaceReserve space_{::testing::TempDir(), {.floor = 0, .reserve = 1, .release = 0}};
  std::vector<std::unique_ptr<SinkWriter>> sinks_;
  std::unique_ptr<LogHealth> health_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

TEST_F(CheckpointerTest, SignsTheLogWhileItGrowsAndOnlyThen) {
  keyring_.Set(MakeTestKeyring("vault"));
  CommitSome();
  checkpointer_->Step();
  checkpointer_->Step();
  ASSERT_THAT(Notes(), SizeIs(1));
  CommitSome();
  CommitSome();
  checkpointer_->Step();
  ASSERT_THAT(Notes(), SizeIs(2));
  const absl::StatusOr<Checkpoint> newest = Opened(Notes()[1], **keyring_.Snapshot());
  ASSERT_THAT(newest, IsOk());
  EXPECT_EQ(newest->origin, kOrigin);
  EXPECT_EQ(newest->size, 3u);
  EXPECT_EQ(newest->root, pipeline_->audit_tree().Root());
  EXPECT_EQ(checkpointer_->GetState().signed_size, 3u);

  CommitSome();  // behind KeepCheckpoint
  const auto kept = ReadKeptCheckpoint(store_, 4);
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ((*kept)->note, Notes()[1]);
}

TEST_F(CheckpointerTest, WhileSealedNothingIsSignedAndAfterItAll) {
  CommitSome();
  checkpointer_->Step();
  EXPECT_THAT(Notes(), IsEmpty());
  EXPECT_THAT(checkpointer_->GetState().signing,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  keyring_.Set(MakeTestKeyring("vault"));
  checkpointer_->Step();
  EXPECT_THAT(Notes(), SizeIs(1));
  EXPECT_THAT(checkpointer_->GetState().signing, IsOk());
}

// An auditor who has the key of before the rotation can go on, and so can one who has the new one.
TEST_F(CheckpointerTest, AfterARotationBothKeysSign) {
  keyring_.Set(MakeTestKeyring("vault", 3));
  CommitSome();
  checkpointer_->Step();
  ASSERT_THAT(Notes(), SizeIs(1));
  const std::vector<NoteKey> keys = *CheckpointKeys(**keyring_.Snapshot(), kOrigin);
  ASSERT_THAT(keys, SizeIs(3));
  EXPECT_THAT(OpenCheckpoint(Notes()[0], {keys[2]}), IsOk());
  EXPECT_THAT(OpenCheckpoint(Notes()[0], {keys[1]}), IsOk());
  EXPECT_FALSE(OpenCheckpoint(Notes()[0], {keys[0]}).ok());
}

// A7: while a required sink fails ordinary commits are refused, from the next one on; when it is
// well again they are taken, and what was refused meanwhile is in the log.
TEST_F(CheckpointerTest, ARequiredSinkThatFailsStopsWhatMustBeLogged) {
  keyring_.Set(MakeTestKeyring("vault"));
  CommitSome();
  checkpointer_->Step();
  (void)sinks_[0]->Flush();
  state_->FailProbe(true);
  EXPECT_FALSE(Commit(PutSet(Table::kRecords, "row", "y")).committed());
  state_->Fail(true);
  StepTwice();
  EXPECT_FALSE(Commit(PutSet(Table::kRecords, "row", "y")).committed());
  EXPECT_FALSE(checkpointer_->GetState().sinks[0].status.ok());
  WriteSet refusal;
  refusal.leaves = {Leaf("x", AuditAction::kTokenizeRefused)};
  EXPECT_TRUE(Commit(std::move(refusal)).committed());

  state_->FailProbe(false);
  state_->Fail(false);
  StepTwice();
  checkpointer_->Step();  // the fault of the first refusal is behind the checkpointer as well
  EXPECT_TRUE(Commit(PutSet(Table::kRecords, "row", "y")).committed());
  std::vector<AuditAction> actions;
  for (const AuditEntry& entry : Log()) actions.push_back(entry.leaf.action);
  EXPECT_THAT(actions,
              ::testing::ElementsAre(AuditAction::kTokenCreated, AuditAction::kCheckpointsFailed,
                                     AuditAction::kTokenizeRefused,
                                     AuditAction::kCheckpointsResumed, AuditAction::kTokenCreated));
}

// Who cuts a sink's file, and is healed by the next note, has left entries all the same.
TEST_F(CheckpointerTest, AFaultThatHealsBeforeTheNextStepIsInTheLog) {
  keyring_.Set(MakeTestKeyring("vault"));
  CommitSome();
  checkpointer_->Step();
  (void)sinks_[0]->Flush();
  state_->FailProbe(true);
  EXPECT_FALSE(Commit(PutSet(Table::kRecords, "row", "y")).committed());
  state_->FailProbe(false);
  checkpointer_->Step();
  EXPECT_FALSE(checkpointer_->GetState().sinks[0].status.ok());
  checkpointer_->Step();
  EXPECT_TRUE(checkpointer_->GetState().sinks[0].status.ok());
  std::vector<AuditAction> actions;
  for (const AuditEntry& entry : Log()) actions.push_back(entry.leaf.action);
  EXPECT_THAT(actions,
              ::testing::ElementsAre(AuditAction::kTokenCreated, AuditAction::kCheckpointsFailed,
                                     AuditAction::kCheckpointsResumed));
}

TEST_F(CheckpointerTest, TheEndIsSignedThoughTheVaultIsSealedByThen) {
  keyring_.Set(MakeTestKeyring("vault"));
  const std::shared_ptr<const Keyring> keyring = *keyring_.Snapshot();
  checkpointer_->Launch();
  keyring_.Seal();
  CommitSome();
  checkpointer_->Stop(keyring);
  ASSERT_THAT(Notes(), SizeIs(1));
  EXPECT_EQ(Opened(Notes()[0], *keyring)->size, 1u);
}

}  // namespace
}  // namespace cardvault
