#include "forwarder/ledger/payment_change.h"

#include "absl/time/time.h"
#include "forwarder/ledger/payment_state.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using State = PaymentState;
using storage::v1::PaymentRecord;

constexpr int64_t kNow = 1'700'000'000;
constexpr int64_t kAmount = 1500;

PaymentRecord Begun() {
  PaymentRecord record;
  record.set_amount(kAmount);
  BeginAttempt(absl::FromUnixSeconds(kNow), record);
  return record;
}

PaymentOutcome Outcome(State state) {
  PaymentOutcome outcome;
  outcome.state = state;
  return outcome;
}

void Apply(const PaymentOutcome& outcome, PaymentRecord& record,
           EventSource source = EventSource::kAnswer) {
  ApplyOutcome(outcome, source, absl::FromUnixSeconds(kNow + 1), record);
}

State StateOf(const PaymentRecord& record) { return static_cast<State>(record.state()); }

TEST(PaymentChangeTest, BeginAttemptAwaitsAnAnswer) {
  const PaymentRecord record = Begun();
  EXPECT_EQ(StateOf(record), State::kPending);
  EXPECT_EQ(record.attempt(), 1u);
  EXPECT_TRUE(record.awaiting_answer());
  EXPECT_EQ(record.attempt_mark().size(), 8u);
  ASSERT_EQ(record.timeline_size(), 1);
  EXPECT_EQ(record.timeline(0).source(), "intent");
  EXPECT_TRUE(record.timeline(0).applied());
  EXPECT_EQ(record.create_micros(), kNow * 1'000'000);
}

TEST(PaymentChangeTest, BeginAttemptAgainAfterNotSent) {
  PaymentRecord record = Begun();
  const std::string mark = record.attempt_mark();
  PaymentOutcome outcome = Outcome(State::kNotSent);
  outcome.error_text = "no connection";
  Apply(outcome, record);
  EXPECT_EQ(StateOf(record), State::kNotSent);
  EXPECT_EQ(record.error_text(), "no connection");

  BeginAttempt(absl::FromUnixSeconds(kNow + 5), record);
  EXPECT_EQ(StateOf(record), State::kPending);
  EXPECT_EQ(record.attempt(), 2u);
  EXPECT_TRUE(record.awaiting_answer());
  EXPECT_EQ(record.error_text(), "");
  EXPECT_NE(record.attempt_mark(), mark);
  EXPECT_EQ(record.create_micros(), kNow * 1'000'000);
  EXPECT_EQ(record.timeline_size(), 3);
}

TEST(PaymentChangeDeathTest, BeginAttemptRefusesAnythingButNotSent) {
  PaymentRecord record = Begun();
  EXPECT_DEATH(BeginAttempt(absl::FromUnixSeconds(kNow), record), "payment_change");
}

TEST(PaymentChangeTest, ApplyOutcomeTakesWhatTheUpstreamSaid) {
  PaymentRecord record = Begun();
  PaymentOutcome outcome = Outcome(State::kRedirectRequired);
  outcome.redirect_url = "https://acs.example/1";
  outcome.raw_status = "pending async";
  outcome.processor = "proc";
  outcome.upstream_ids = {{"trace_id", "1"}};
  Apply(outcome, record);
  EXPECT_EQ(StateOf(record), State::kRedirectRequired);
  EXPECT_FALSE(record.awaiting_answer());
  EXPECT_EQ(record.redirect_url(), "https://acs.example/1");
  EXPECT_EQ(record.raw_status(), "pending async");
  EXPECT_EQ(record.processor(), "proc");
  EXPECT_EQ(record.update_micros(), (kNow + 1) * 1'000'000);
  ASSERT_EQ(record.timeline_size(), 2);
  EXPECT_TRUE(record.timeline(1).applied());
  EXPECT_EQ(record.timeline(1).raw_status(), "pending async");

  PaymentOutcome approved = Outcome(State::kApproved);
  approved.upstream_ids = {{"trace_id", "1"}, {"trace_id", "2"}};
  approved.settled_amount = 1500;
  Apply(approved, record, EventSource::kNotification);
  EXPECT_EQ(StateOf(record), State::kApproved);
  ASSERT_EQ(record.upstream_ids_size(), 2);
  EXPECT_EQ(record.upstream_ids(1).value(), "2");
  EXPECT_EQ(record.settled_amount(), 1500);
  EXPECT_FALSE(record.conflict());
}

// A callback that came before the create call's own answer wins.
TEST(PaymentChangeTest, OlderAnswerIsATimelineEntry) {
  PaymentRecord record = Begun();
  Apply(Outcome(State::kApproved), record, EventSource::kNotification);
  EXPECT_TRUE(record.awaiting_answer());
  Apply(Outcome(State::kPending), record);
  EXPECT_EQ(StateOf(record), State::kApproved);
  EXPECT_FALSE(record.awaiting_answer());
  EXPECT_FALSE(record.conflict());
  ASSERT_EQ(record.timeline_size(), 3);
  EXPECT_FALSE(record.timeline(2).applied());
}

TEST(PaymentChangeTest, UnknownOutcomeDoesNotOverwriteAKnownOne) {
  PaymentRecord record = Begun();
  Apply(Outcome(State::kRedirectRequired), record, EventSource::kNotification);
  Apply(Outcome(State::kInDoubt), record);
  EXPECT_EQ(StateOf(record), State::kRedirectRequired);
}

TEST(PaymentChangeTest, ContradictingFinalStateIsAConflictNeverAnOverwrite) {
  PaymentRecord record = Begun();
  Apply(Outcome(State::kApproved), record);
  PaymentOutcome declined = Outcome(State::kDeclined);
  declined.settled_amount = 7;
  Apply(declined, record, EventSource::kNotification);
  EXPECT_EQ(StateOf(record), State::kApproved);
  EXPECT_TRUE(record.conflict());
  EXPECT_TRUE(record.needs_review());
  EXPECT_FALSE(record.has_settled_amount());
  EXPECT_FALSE(record.timeline(2).applied());

  PaymentRecord twice = Begun();
  Apply(Outcome(State::kApproved), twice);
  Apply(Outcome(State::kApproved), twice, EventSource::kNotification);
  EXPECT_FALSE(twice.conflict());
}

TEST(PaymentChangeTest, AnOperatorsWordSettlesAConflictUntilTheNextOne) {
  PaymentRecord record = Begun();
  Apply(Outcome(State::kApproved), record);
  Apply(Outcome(State::kDeclined), record, EventSource::kNotification);
  Apply(Outcome(State::kApproved), record, EventSource::kOperator);
  EXPECT_EQ(StateOf(record), State::kApproved);
  EXPECT_FALSE(record.conflict());
  EXPECT_FALSE(record.needs_review());
  Apply(Outcome(State::kDeclined), record, EventSource::kStatus);
  EXPECT_TRUE(record.conflict());
  EXPECT_TRUE(record.needs_review());
  // The other word is no settlement: an end is never overwritten.
  Apply(Outcome(State::kDeclined), record, EventSource::kOperator);
  EXPECT_EQ(StateOf(record), State::kApproved);
  EXPECT_TRUE(record.conflict());
}

// A refund whose money may have moved counts against its original whatever a person says.
TEST(PaymentChangeTest, AnOperatorsWordLeavesTheConflictOfARefund) {
  PaymentRecord record = Begun();
  record.set_kind(static_cast<uint32_t>(PaymentKind::kRefund));
  Apply(Outcome(State::kDeclined), record);
  Apply(Outcome(State::kApproved), record, EventSource::kNotification);
  Apply(Outcome(State::kDeclined), record, EventSource::kOperator);
  EXPECT_TRUE(record.conflict());
  EXPECT_FALSE(record.needs_review());
}

// What the upstream spoke of exists there, whatever another answer says.
TEST(PaymentChangeTest, DenialOfAPaymentThatWasSpokenOfIsAConflict) {
  for (const State denial : {State::kNotSent, State::kRejected, State::kNotReceived}) {
    const EventSource source =
        denial == State::kNotReceived ? EventSource::kStatus : EventSource::kAnswer;
    PaymentRecord pending = Begun();
    PaymentOutcome spoken = Outcome(State::kPending);
    spoken.upstream_ids = {{"trace_id", "1"}};
    Apply(spoken, pending, EventSource::kNotification);
    Apply(Outcome(denial), pending, source);
    EXPECT_EQ(StateOf(pending), State::kInDoubt) << PaymentStateName(denial);
    EXPECT_TRUE(pending.conflict());
    EXPECT_TRUE(pending.needs_review());

    PaymentRecord authorized = Begun();
    Apply(Outcome(State::kAuthorized), authorized, EventSource::kNotification);
    Apply(Outcome(denial), authorized, source);
    EXPECT_EQ(StateOf(authorized), State::kAuthorized) << PaymentStateName(denial);
    EXPECT_TRUE(authorized.conflict());

    PaymentRecord unheard = Begun();
    Apply(Outcome(denial), unheard, source);
    EXPECT_EQ(StateOf(unheard), denial);
    EXPECT_FALSE(unheard.conflict());
  }
  // A person may know that it is not there.
  PaymentRecord doubt = Begun();
  PaymentOutcome unclear = Outcome(State::kInDoubt);
  unclear.raw_status = "error";
  Apply(unclear, doubt);
  Apply(Outcome(State::kNotReceived), doubt, EventSource::kOperator);
  EXPECT_EQ(StateOf(doubt), State::kNotReceived);
}

TEST(PaymentChangeTest, SettledAmountIsTheApprovals) {
  PaymentRecord record = Begun();
  PaymentOutcome pending = Outcome(State::kPending);
  pending.settled_amount = 0;
  Apply(pending, record);
  EXPECT_FALSE(record.has_settled_amount());
  PaymentOutcome approved = Outcome(State::kApproved);
  approved.settled_amount = 1400;
  Apply(approved, record, EventSource::kStatus);
  Apply(pending, record, EventSource::kNotification);
  EXPECT_EQ(record.settled_amount(), 1400);
  EXPECT_FALSE(record.needs_review());
  approved.settled_amount = kAmount + 1;
  Apply(approved, record, EventSource::kStatus);
  EXPECT_TRUE(record.needs_review());
}

TEST(PaymentChangeTest, WhatNeverLeftKeepsItsConflict) {
  PaymentRecord record = Begun();
  Apply(Outcome(State::kNotSent), record);
  Apply(Outcome(State::kApproved), record, EventSource::kNotification);
  ASSERT_TRUE(record.conflict());
  Apply(Outcome(State::kNotSent), record, EventSource::kOperator);
  EXPECT_EQ(StateOf(record), State::kNotSent);
  EXPECT_TRUE(record.conflict());
  EXPECT_FALSE(record.needs_review());
}

TEST(PaymentChangeTest, AnswerOfAnotherPaymentIsInDoubtAndTakesNothing) {
  PaymentRecord record = Begun();
  PaymentOutcome other = Outcome(State::kApproved);
  other.conflict = true;
  other.upstream_ids = {{"trace_id", "9"}};
  other.redirect_url = "https://acs.example/9";
  Apply(other, record);
  EXPECT_EQ(StateOf(record), State::kInDoubt);
  EXPECT_TRUE(record.conflict());
  EXPECT_TRUE(record.needs_review());
  EXPECT_EQ(record.upstream_ids_size(), 0);
  EXPECT_EQ(record.redirect_url(), "");
}

TEST(PaymentChangeTest, RestartLeavesInDoubtAndIsResolvedLater) {
  PaymentRecord record = Begun();
  Apply(Outcome(State::kInDoubt), record, EventSource::kRestart);
  EXPECT_EQ(StateOf(record), State::kInDoubt);
  EXPECT_FALSE(record.awaiting_answer());
  EXPECT_EQ(record.timeline(1).source(), "restart");
  Apply(Outcome(State::kPending), record, EventSource::kStatus);
  EXPECT_EQ(StateOf(record), State::kPending);
  Apply(Outcome(State::kApproved), record, EventSource::kStatus);
  EXPECT_EQ(StateOf(record), State::kApproved);
}

TEST(PaymentChangeTest, TimelineKeepsTheFirstAndTheNewestEvents) {
  PaymentRecord record = Begun();
  for (int i = 0; i < 2 * kMaxTimelineEvents; ++i) {
    PaymentOutcome outcome = Outcome(State::kPending);
    outcome.raw_status = std::to_string(i);
    Apply(outcome, record, EventSource::kStatus);
  }
  ASSERT_EQ(record.timeline_size(), kMaxTimelineEvents);
  EXPECT_EQ(record.timeline(0).source(), "intent");
  EXPECT_EQ(record.timeline(kMaxTimelineEvents - 1).raw_status(),
            std::to_string(2 * kMaxTimelineEvents - 1));
}

TEST(PaymentChangeTest, LeavesSayWhatBecameOfIt) {
  PaymentRecord record = Begun();
  record.set_audit_reference("pay_x");
  const AuditLeaf intent = IntentLeaf(record, {"spiffe://x", "pay-in", "1.2.3.4:5"}, 7);
  EXPECT_EQ(intent.action, AuditAction::kPaymentIntended);
  EXPECT_EQ(intent.outcome, AuditOutcome::kSuccess);
  EXPECT_EQ(intent.object, "pay_x");
  EXPECT_EQ(intent.key_version, 7u);
  EXPECT_EQ(intent.origin.principal, "spiffe://x");

  const std::pair<State, AuditOutcome> kCases[] = {
      {State::kPending, AuditOutcome::kSuccess},
      {State::kRedirectRequired, AuditOutcome::kSuccess},
      {State::kAuthorized, AuditOutcome::kSuccess},
      {State::kApproved, AuditOutcome::kSuccess},
      {State::kDeclined, AuditOutcome::kRefused},
      {State::kCancelled, AuditOutcome::kRefused},
      {State::kRejected, AuditOutcome::kRefused},
      {State::kNotSent, AuditOutcome::kFailed},
      {State::kNotReceived, AuditOutcome::kFailed},
      {State::kInDoubt, AuditOutcome::kFailed},
  };
  for (const auto& [state, outcome] : kCases) {
    record.set_state(static_cast<uint32_t>(state));
    const AuditLeaf leaf = OutcomeLeaf(record, {}, ErrorReason::kUnspecified);
    EXPECT_EQ(leaf.action, AuditAction::kPaymentOutcome);
    EXPECT_EQ(leaf.outcome, outcome) << PaymentStateName(state);
  }
}

}  // namespace
}  // namespace cardvault
