#include "forwarder/payments.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using State = PaymentState;
using storage::v1::CardRecord;
using storage::v1::PaymentRecord;

State StateOf(const PaymentRecord& record) { return static_cast<State>(record.state()); }

MATCHER_P(HasState, state, "") {
  if (!arg.ok()) {
    *result_listener << "which is " << testing_internal::Describe(arg.status());
    return false;
  }
  *result_listener << "which is " << PaymentStateName(StateOf(*arg)) << " \"" << arg->error_text()
                   << "\"";
  return StateOf(*arg) == state;
}

std::vector<std::string> Sources(const PaymentRecord& record) {
  std::vector<std::string> sources;
  for (const auto& event : record.timeline()) sources.push_back(event.source());
  return sources;
}

TEST(PaymentsTest, PayInRecordsIntentThenSendsThenRecordsOutcome) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.DepositCvv(token);
  int intents_when_sent = -1;
  int outcomes_when_sent = -1;
  world.outbound.AnswerWith([&](const OutboundRequest&) {
    intents_when_sent = world.CountEntries(AuditAction::kPaymentIntended);
    outcomes_when_sent = world.CountEntries(AuditAction::kPaymentOutcome);
    return FakeOutbound::Answered({{"request_status", "success"},
                                   {"payment_id", "gateway-1"},
                                   {"merchant_payment_id", "pay-1"},
                                   {"payment_status", "success"}});
  });

  const absl::StatusOr<PaymentRecord> payment = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(payment, HasState(State::kApproved));
  // Promise 4: the entry "card opened" stands before the card is opened.
  EXPECT_EQ(intents_when_sent, 1);
  EXPECT_EQ(outcomes_when_sent, 0);
  EXPECT_EQ(world.CountEntries(AuditAction::kPaymentOutcome), 1);

  EXPECT_EQ(payment->merchant(), "shop");
  EXPECT_EQ(payment->payment_id(), "pay-1");
  EXPECT_EQ(payment->kind(), 1u);
  EXPECT_EQ(payment->route(), "cards-h2h");
  EXPECT_EQ(payment->connector(), "h2h");
  EXPECT_EQ(payment->token(), token.binary());
  EXPECT_EQ(payment->pan_generation(), 1u);
  EXPECT_EQ(payment->amount(), 1500);
  EXPECT_EQ(payment->currency(), "USD");
  EXPECT_EQ(payment->upstream_reference(), "pay-1");
  EXPECT_EQ(payment->raw_status(), "success");
  EXPECT_EQ(payment->attempt(), 1u);
  EXPECT_EQ(payment->wire_exponent(), 2u);
  EXPECT_FALSE(payment->awaiting_answer());
  ASSERT_EQ(payment->upstream_ids_size(), 1);
  EXPECT_EQ(payment->upstream_ids(0).value(), "gateway-1");
  EXPECT_THAT(Sources(*payment), ElementsAre("intent", "answer"));

  const absl::StatusOr<PaymentRecord> read = world.Get("pay-1");
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), payment->SerializeAsString());

  for (const AuditEntry& entry : world.Entries()) {
    if (entry.leaf.action != AuditAction::kPaymentIntended &&
        entry.leaf.action != AuditAction::kPaymentOutcome) {
      continue;
    }
    EXPECT_EQ(entry.leaf.object, payment->audit_reference());
    EXPECT_EQ(entry.leaf.origin.role, "pay-in");
    EXPECT_EQ(entry.leaf.outcome, AuditOutcome::kSuccess);
    EXPECT_EQ(entry.leaf.key_version, entry.leaf.action == AuditAction::kPaymentIntended ? 1u : 0u);
  }
  EXPECT_EQ(world.payments->in_flight_count(), 0);
  EXPECT_THAT(world.outbound.sent_with_cvv(), ElementsAre(true));
}

TEST(PaymentsTest, PayInOverPraxis) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.DepositCvv(token);
  const auto payment = world.PayIn(world.Input(token, "pay-1", "cards-praxis"));
  ASSERT_THAT(payment, HasState(State::kApproved));
  EXPECT_EQ(payment->connector(), "praxis");
  EXPECT_EQ(BodyText(world.outbound.sent()[0].body, "order_id"), "pay-1");
  EXPECT_EQ(payment->upstream_ids_size(), 2);
}

// Promise 5.
TEST(PaymentsTest, PayInWithSamePaymentIdSendsOnce) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.DepositCvv(token);
  const auto first = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(first, HasState(State::kApproved));
  // A retry may name a fresh deposit, and answers also when the route or card is gone.
  world.ChangeCard(token, CardRecord::STATE_DISABLED);
  PaymentRequest retry = world.Input(token, "pay-1");
  retry.cvv_id = "cvv_of_another_deposit";
  const auto second = world.PayIn(std::move(retry));
  ASSERT_THAT(second, HasState(State::kApproved));
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(world.outbound.send_count(), 1);
  EXPECT_EQ(world.CountEntries(AuditAction::kPaymentIntended), 1);
}

TEST(PaymentsTest, AnotherRequestUnderThePaymentIdIsRefused) {
  PaymentWorld world;
  const Token token = world.AddCard();
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-1")), HasState(State::kApproved));
  PaymentRequest other = world.Input(token, "pay-1");
  other.amount = 1501;
  const auto refused = world.PayIn(std::move(other));
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
  EXPECT_EQ(FieldOf(refused.status()), "payment_id");
  EXPECT_EQ(world.outbound.send_count(), 1);
}

TEST(PaymentsTest, PaymentIdsOfTwoMerchantsDoNotMeet) {
  PaymentWorld world;
  ASSERT_THAT(world.PayIn(world.Input(world.AddCard(), "pay-1")), HasState(State::kApproved));
  const CallContext other{*MerchantId::Parse("other", "merchant"), {}};
  EXPECT_THAT(world.payments->Get(other, *PaymentId::Parse("pay-1", "payment_id")),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kPaymentNotFound));
}

TEST(PaymentsTest, PayInWhileOnItsWayIsInProgress) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.DepositCvv(token);
  world.outbound.Hold();
  absl::Notification done;
  absl::StatusOr<PaymentRecord> result;
  world.payments->Pay(world.Input(token, "pay-1"), [&](absl::StatusOr<PaymentRecord> record) {
    result = std::move(record);
    done.Notify();
  });
  world.outbound.WaitForHeld(1);
  EXPECT_EQ(world.payments->in_flight_count(), 1);
  EXPECT_THAT(world.PayIn(world.Input(token, "pay-1")),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
  const auto pending = world.Get("pay-1");
  ASSERT_THAT(pending, HasState(State::kPending));
  EXPECT_TRUE(pending->awaiting_answer());
  world.outbound.Release();
  done.WaitForNotification();
  EXPECT_THAT(result, HasState(State::kApproved));
  EXPECT_EQ(world.outbound.send_count(), 1);
  EXPECT_EQ(world.payments->in_flight_count(), 0);
}

// Promise 5: preconditions are judged across the batch, each set seeing those before it.
TEST(PaymentsTest, SixtyFourCallersInOneBatchSendOnce) {
  constexpr int kCallers = 64;
  PaymentWorld world;
  const Token token = world.AddCard();
  world.DepositCvv(token);
  const auto run = [&](std::function<PaymentRequest(int)> input) {
    world.pipeline->HoldUntil(kCallers);
    absl::BlockingCounter done(kCallers);
    absl::Mutex mutex;
    std::vector<absl::StatusOr<PaymentRecord>> results;
    for (int i = 0; i < kCallers; ++i) {
      world.payments->Pay(input(i), [&](absl::StatusOr<PaymentRecord> result) {
        {
          absl::MutexLock lock(&mutex);
          results.push_back(std::move(result));
        }
        done.DecrementCount();
      });
    }
    done.Wait();
    return results;
  };
  const auto results = run([&](int) { return world.Input(token, "pay-1"); });
  int paid = 0;
  for (const auto& result : results) {
    if (result.ok()) {
      EXPECT_THAT(result, HasState(State::kApproved));
      ++paid;
    } else {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
    }
  }
  EXPECT_GE(paid, 1);
  EXPECT_EQ(world.outbound.send_count(), 1);
  EXPECT_EQ(world.CountEntries(AuditAction::kPaymentIntended), 1);
  EXPECT_THAT(world.outbound.sent_with_cvv(), ElementsAre(true));
  EXPECT_EQ(world.payments->in_flight_count(), 0);
}

TEST(PaymentsTest, SixtyFourPaymentsWithOneSingleUseTokenInOneBatchSendOnce) {
  constexpr int kCallers = 64;
  PaymentWorld world;
  PaymentWorld::CardOptions options;
  options.single_use = true;
  const Token token = world.AddCard(options);
  world.pipeline->HoldUntil(kCallers);
  absl::BlockingCounter done(kCallers);
  std::atomic<int> paid = 0;
  std::atomic<int> used = 0;
  for (int i = 0; i < kCallers; ++i) {
    world.payments->Pay(world.Input(token, absl::StrCat("pay-", i)),
                        [&](absl::StatusOr<PaymentRecord> result) {
                          paid += result.ok();
                          used += ReasonOf(result.status()) == ErrorReason::kTokenUsed;
                          done.DecrementCount();
                        });
  }
  done.Wait();
  EXPECT_EQ(paid, 1);
  EXPECT_EQ(used, kCallers - 1);
  EXPECT_EQ(world.outbound.send_count(), 1);
  EXPECT_EQ(world.CardOf(token).state(), CardRecord::STATE_USED);
}

TEST(PaymentsTest, UnknownOutcomeIsInDoubtAndNeverSentAgain) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Unknown(
        Unavailable(ErrorReason::kUnspecified, "the connection broke while waiting"));
  });
  const auto payment = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(payment, HasState(State::kInDoubt));
  EXPECT_EQ(payment->error_text(), "the connection broke while waiting");
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-1")), HasState(State::kInDoubt));
  EXPECT_EQ(world.outbound.send_count(), 1);
  const auto counts = world.payments->CountOpen();
  ASSERT_THAT(counts, IsOk());
  EXPECT_EQ(counts->open, 1);
  EXPECT_EQ(counts->in_doubt, 1);
}

TEST(PaymentsTest, NotSentIsSentAgainUnderItsIdAsTheNextAttempt) {
  PaymentWorld world;
  PaymentWorld::CardOptions options;
  options.single_use = true;
  const Token token = world.AddCard(options);
  world.DepositCvv(token);
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(
        Unavailable(ErrorReason::kUnspecified, "the upstream could not be reached"));
  });
  const auto not_sent = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(not_sent, HasState(State::kNotSent));
  EXPECT_EQ(not_sent->error_text(), "the upstream could not be reached");
  // The deposit was given back, and the single-use token may finish the payment that used it.
  EXPECT_EQ(world.escrow->StatusOf(*MerchantId::Parse("shop", "m"), token).state, CvvState::kHeld);
  EXPECT_THAT(world.PayIn(world.Input(token, "pay-2")),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenUsed));

  world.outbound.AnswerWith(nullptr);
  world.clock.Advance(absl::Seconds(30));
  PaymentRequest other = world.Input(token, "pay-1");
  other.amount = 1;
  EXPECT_THAT(world.PayIn(std::move(other)),
              StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused));
  const auto sent = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(sent, HasState(State::kApproved));
  EXPECT_EQ(sent->attempt(), 2u);
  EXPECT_EQ(sent->create_micros(), not_sent->create_micros());
  EXPECT_EQ(sent->audit_reference(), not_sent->audit_reference());
  EXPECT_THAT(Sources(*sent), ElementsAre("intent", "answer", "intent", "answer"));
  EXPECT_THAT(world.outbound.sent_with_cvv(), ElementsAre(true));
  EXPECT_EQ(world.CountEntries(AuditAction::kPaymentIntended), 2);
  EXPECT_EQ(world.CountEntries(AuditAction::kPaymentOutcome), 2);
}

TEST(PaymentsTest, ReferenceThatWentUpstreamStaysWhenOwnersChange) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "unreachable"));
  });
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-1")), HasState(State::kNotSent));
  std::string document = world.routes->All()[0].route->document;
  document.replace(document.find("[shop]"), 6, "[shop, other]");
  ASSERT_THAT(world.routes->Apply(document, false, {}), IsOk());
  world.outbound.AnswerWith(nullptr);
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-1")), HasState(State::kApproved));
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-2")), HasState(State::kApproved));
  EXPECT_EQ(BodyText(world.outbound.sent()[0].body, "payment.payment_id"), "pay-1");
  EXPECT_EQ(BodyText(world.outbound.sent()[1].body, "payment.payment_id").size(), 32u);
}

TEST(PaymentsTest, AnswerOfAnotherPaymentIsAConflictNotAnOutcome) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"request_status", "success"},
                                   {"payment_id", "gateway-9"},
                                   {"merchant_payment_id", "payment-of-another"},
                                   {"payment_status", "success"}});
  });
  const auto payment = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(payment, HasState(State::kInDoubt));
  EXPECT_TRUE(payment->conflict());
  EXPECT_TRUE(payment->needs_review());
  EXPECT_EQ(payment->upstream_ids_size(), 0);
}

TEST(PaymentsTest, DamagedCardIsAnEntryOfItsOwn) {
  PaymentWorld world;
  const Token token = world.AddCard();
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(DataLoss("a sealed card number does not open"));
  });
  const auto payment = world.PayIn(world.Input(token, "pay-1"));
  ASSERT_THAT(payment, HasState(State::kNotSent));
  EXPECT_EQ(payment->error_code(), "RECORD_CORRUPT");
  EXPECT_EQ(world.CountEntries(AuditAction::kRecordCorrupt), 1);
}

TEST(PaymentsTest, RefundableWithCountsWhatARefundCouldName) {
  PaymentWorld world;
  const Token token = world.AddCard();
  for (int i = 0; i < 3; ++i) {
    world.DepositCvv(token);
    ASSERT_THAT(world.PayIn(world.Input(token, absl::StrCat("praxis-", i), "cards-praxis")),
                HasState(State::kApproved));
  }
  // H2H takes no refunds, and what was declined cannot be refunded.
  ASSERT_THAT(world.PayIn(world.Input(token, "h2h-1")), HasState(State::kApproved));
  world.DepositCvv(token);
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Answered({{"status", "0"}, {"transaction_status", "declined"}});
  });
  ASSERT_THAT(world.PayIn(world.Input(token, "praxis-9", "cards-praxis")),
              HasState(State::kDeclined));
  const auto refundable = world.payments->RefundableWith(token, 2);
  ASSERT_THAT(refundable, IsOk());
  EXPECT_EQ(refundable->count, 3);
  EXPECT_EQ(refundable->payment_ids.size(), 2u);
}

TEST(PaymentsTest, CountOpenForgetsWhatEnded) {
  PaymentWorld world;
  const Token token = world.AddCard();
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-1")), HasState(State::kApproved));
  world.outbound.AnswerWith([](const OutboundRequest& request) {
    return FakeOutbound::Answered(
        {{"request_status", "success"},
         {"merchant_payment_id", BodyText(request.plan.body, "payment.payment_id")},
         {"payment_status", "processing"}});
  });
  ASSERT_THAT(world.PayIn(world.Input(token, "pay-2")), HasState(State::kPending));
  const auto counts = world.payments->CountOpen();
  ASSERT_THAT(counts, IsOk());
  EXPECT_EQ(counts->open, 1);
  EXPECT_EQ(counts->in_doubt, 0);
}

}  // namespace
}  // namespace cardvault
