#include "forwarder/outcome_writer.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/executor.h"
#include "base/testing/fake_clock.h"
#include "forwarder/delayed_work.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/payment_state.h"
#include "gtest/gtest.h"
#include "keys/keyring_holder.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using State = PaymentState;
using storage::v1::PaymentRecord;

class OutcomeWriterTest : public ::testing::Test {
 protected:
  OutcomeWriterTest() { keyring_.Set(MakeTestKeyring("vault-1")); }
  ~OutcomeWriterTest() override {
    delayed_.Stop();
    executor_.Stop();
    pipeline_->Stop();
  }

  // Commits the next attempt of the one payment, and answers its mark.
  std::string Begin() {
    StoredPayment payment{row_key_, {}, 0};
    if (const auto read = PaymentLedger(engine_).Read(row_key_); read->has_value()) {
      payment = **read;
    }
    BeginAttempt(clock_.Now(), payment.record);
    WriteSet set;
    PaymentLedger::Put(payment, set);
    set.leaves.push_back(IntentLeaf(payment.record, {}, 1));
    EXPECT_TRUE(pipeline_->SubmitAndWait(std::move(set)).committed());
    return payment.record.attempt_mark();
  }

  // Writes what an attempt learned and waits until that has ended.
  PaymentRecord Write(const std::string& mark, State state,
                      EventSource source = EventSource::kAnswer) {
    OutcomeNote note;
    note.row_key = row_key_;
    note.attempt_mark = mark;
    note.outcome.state = state;
    note.source = source;
    absl::StatusOr<PaymentRecord> answer;
    absl::Notification done;
    writer_.Write(std::move(note), {[&](absl::StatusOr<PaymentRecord> record) {
                                      answer = std::move(record);
                                      done.Notify();
                                    },
                                    [] {}});
    done.WaitForNotification();
    EXPECT_THAT(answer, IsOk());
    return *std::move(answer);
  }

  absl::Status WriteNote(OutcomeNote note) {
    absl::Status status;
    absl::Notification done;
    writer_.Write(std::move(note), {[&](const absl::StatusOr<PaymentRecord>& record) {
                                      status = record.status();
                                      done.Notify();
                                    },
                                    [] {}});
    done.WaitForNotification();
    return status;
  }

  PaymentRecord Recorded() const { return (**PaymentLedger(engine_).Read(row_key_)).record; }
  static State StateOf(const PaymentRecord& record) { return static_cast<State>(record.state()); }

  const std::string row_key_ = std::string(32, 'k');
  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  FakeClock clock_;
  KeyringHolder keyring_;
  const std::unique_ptr<CommitPipeline> pipeline_ =
      *CommitPipeline::Start(engine_, keyring_, clock_, {});
  Executor executor_{1};
  DelayedWork delayed_;
  OutcomeWriter writer_{engine_, *pipeline_, clock_, executor_, delayed_};
};

TEST_F(OutcomeWriterTest, WritesWhatTheAwaitedAttemptLearned) {
  const std::string mark = Begin();
  EXPECT_EQ(StateOf(Write(mark, State::kApproved)), State::kApproved);
  EXPECT_EQ(StateOf(Recorded()), State::kApproved);
  EXPECT_FALSE(Recorded().awaiting_answer());
}

TEST_F(OutcomeWriterTest, WritesAnAttemptsOutcomeOnce) {
  const std::string mark = Begin();
  Write(mark, State::kApproved);
  const uint64_t entries = pipeline_->audit_entry_count();
  EXPECT_EQ(StateOf(Write(mark, State::kApproved)), State::kApproved);
  EXPECT_EQ(pipeline_->audit_entry_count(), entries);
  EXPECT_EQ(Recorded().timeline_size(), 2);
}

// A try that comes late must not settle the attempt that has begun since: it may be on the wire,
// and NOT_SENT would let the payment be sent once more.
TEST_F(OutcomeWriterTest, LateOutcomeLeavesTheNextAttemptAlone) {
  for (const EventSource source : {EventSource::kIntent, EventSource::kAnswer}) {
    const std::string first = Begin();
    Write(first, State::kNotSent, source);
    const std::string second = Begin();
    const uint64_t entries = pipeline_->audit_entry_count();

    const PaymentRecord answered = Write(first, State::kNotSent, source);
    EXPECT_EQ(answered.attempt_mark(), second);
    EXPECT_EQ(StateOf(Recorded()), State::kPending);
    EXPECT_TRUE(Recorded().awaiting_answer());
    EXPECT_EQ(pipeline_->audit_entry_count(), entries);

    Write(second, State::kNotSent);
    EXPECT_FALSE(Recorded().awaiting_answer());
  }
}

// What others learn is of the payment, whichever attempt it has come to.
TEST_F(OutcomeWriterTest, WritesWhatOtherSourcesLearned) {
  Begin();
  EXPECT_EQ(StateOf(Write("", State::kAuthorized, EventSource::kStatus)), State::kAuthorized);
  EXPECT_TRUE(Recorded().awaiting_answer());
}

// "Not found" that was asked for before the upstream spoke of the payment proves nothing any more.
TEST_F(OutcomeWriterTest, NotReceivedThatWasOvertakenIsDropped) {
  Write(Begin(), State::kInDoubt);
  const auto tell = [this](State state, EventSource source) {
    return StateOf(Write("", state, source));
  };
  EXPECT_EQ(tell(State::kAuthorized, EventSource::kNotification), State::kAuthorized);
  EXPECT_EQ(tell(State::kNotReceived, EventSource::kStatus), State::kAuthorized);
  EXPECT_FALSE(Recorded().conflict());
  EXPECT_EQ(Recorded().timeline_size(), 3);
}

// Others than the attempt say it again: they do not pile up while the store fails.
TEST_F(OutcomeWriterTest, OnlyAnAttemptsOutcomeIsTriedForever) {
  Begin();
  engine_.Break();
  OutcomeNote note;
  note.row_key = row_key_;
  note.outcome.state = State::kApproved;
  note.source = EventSource::kStatus;
  EXPECT_EQ(ReasonOf(WriteNote(std::move(note))), ErrorReason::kAuditUnavailable);
  engine_.Mend();
  EXPECT_EQ(StateOf(Recorded()), State::kPending);
}

TEST_F(OutcomeWriterTest, OperatorsWordIsJudgedByTheRecordAsItIs) {
  Write(Begin(), State::kInDoubt);
  OutcomeNote note;
  note.row_key = row_key_;
  note.outcome.state = State::kDeclined;
  note.source = EventSource::kOperator;
  note.judged_revision = (*PaymentLedger(engine_).Read(row_key_))->revision;
  Write("", State::kAuthorized, EventSource::kStatus);
  EXPECT_EQ(ReasonOf(WriteNote(std::move(note))), ErrorReason::kRevision);
  EXPECT_EQ(StateOf(Recorded()), State::kAuthorized);
}

// The mark is for what is open: one that ended meanwhile calls nobody.
TEST_F(OutcomeWriterTest, ReviewOfAnEndedPaymentIsDropped) {
  Write(Begin(), State::kApproved);
  OutcomeNote note;
  note.row_key = row_key_;
  note.outcome.state = State::kInDoubt;
  note.outcome.needs_review = true;
  note.source = EventSource::kReview;
  absl::Notification settled;
  writer_.Write(std::move(note), {nullptr, [&] { settled.Notify(); }});
  settled.WaitForNotification();
  EXPECT_FALSE(Recorded().needs_review());
  EXPECT_EQ(Recorded().timeline_size(), 2);
}

using OutcomeWriterDeathTest = OutcomeWriterTest;

TEST_F(OutcomeWriterDeathTest, DiesOfAnAttemptsOutcomeWithoutItsMark) {
  Begin();
  EXPECT_DEATH(Write("", State::kApproved), "outcome_writer");
}

}  // namespace
}  // namespace cardvault
