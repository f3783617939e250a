// Attempts of one payment: what they share and what they do not.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using State = PaymentState;
using storage::v1::PaymentRecord;
using ::testing::ElementsAre;
using ::testing::Eq;

class PaymentsAttemptTest : public ::testing::Test {
 protected:
  static State StateOf(const PaymentRecord& record) { return static_cast<State>(record.state()); }

  void ApplyRule(std::string document, const std::string& rule, const std::string& instead) {
    document.replace(document.find(rule), rule.size(), instead);
    ASSERT_THAT(world_.routes->Apply(document, false, {}), IsOk());
  }

  // Writes the card's record again, as another caller's change of it does.
  void TouchCard(const storage::v1::CardRecord& record) {
    const uint64_t revision = (*world_.store.Get(Table::kRecords, token_.binary()))->revision;
    world_.store.Plant(Table::kRecords, token_.binary(), record.SerializeAsString(), revision + 1);
  }

  // A commit of somebody else's, and its revision.
  uint64_t CommitAnother() {
    WriteSet set;
    set.leaves.push_back(AuditLeaf{AuditAction::kRouteApplied});
    const CommitResult result = world_.pipeline->SubmitAndWait(std::move(set));
    EXPECT_TRUE(result.committed());
    return result.revision;
  }

  PaymentWorld world_;
  const Token token_ = world_.AddCard();
};

// The lease was made for the route that wants it. Its payment loses its first commit, and in the
// meantime the same payment_id is asked for on a route that takes no CVV.
TEST_F(PaymentsAttemptTest, CvvOfOneRouteIsNotSharedWithAnother) {
  ApplyRule(kH2hRouteDocument, "cvv: optional", "cvv: never");
  world_.DepositCvv(token_);
  world_.pipeline->HoldUntil(2);
  absl::Notification done;
  absl::StatusOr<PaymentRecord> first;
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-praxis"),
                       [&](absl::StatusOr<PaymentRecord> record) {
                         first = std::move(record);
                         done.Notify();
                       });
  TouchCard(world_.CardOf(token_));
  absl::StatusOr<PaymentRecord> second;
  absl::Notification second_done;
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-h2h"),
                       [&](absl::StatusOr<PaymentRecord> record) {
                         second = std::move(record);
                         second_done.Notify();
                       });
  CommitAnother();
  done.WaitForNotification();
  second_done.WaitForNotification();
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->route(), "cards-praxis");
  EXPECT_THAT(world_.outbound.sent_with_cvv(), ElementsAre(true));
}

// A token keeps its payments when it gets another card number: the ledger tells which was sent.
TEST_F(PaymentsAttemptTest, NextAttemptRecordsTheCardThatItSends) {
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "unreachable"));
  });
  const auto not_sent = world_.PayIn(world_.Input(token_, "pay-1"));
  ASSERT_THAT(not_sent, IsOk());
  EXPECT_EQ(not_sent->pan_generation(), 1u);

  storage::v1::CardRecord replaced = world_.CardOf(token_);
  replaced.set_pan_generation(2);
  TouchCard(replaced);
  world_.outbound.AnswerWith(nullptr);
  const auto paid = world_.PayIn(world_.Input(token_, "pay-1"));
  ASSERT_THAT(paid, IsOk());
  EXPECT_EQ(StateOf(*paid), State::kApproved);
  EXPECT_EQ(paid->attempt(), 2u);
  EXPECT_EQ(paid->pan_generation(), 2u);
}

// The clock is stepped back in between: the order of the commits is what counts.
TEST_F(PaymentsAttemptTest, AttemptedSinceSeesEveryAttempt) {
  const auto since = [&](uint64_t revision) {
    return world_.payments->AttemptedSince(token_, revision);
  };
  const uint64_t before = CommitAnother();
  EXPECT_THAT(since(before), IsOkAndHolds(Eq(false)));
  world_.clock.SetNow(world_.clock.Now() - absl::Hours(1));
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-1")), IsOk());
  EXPECT_THAT(since(before), IsOkAndHolds(Eq(true)));
  EXPECT_THAT(since(CommitAnother()), IsOkAndHolds(Eq(false)));
  EXPECT_THAT(world_.payments->AttemptedSince(world_.AddCard(), before), IsOkAndHolds(Eq(false)));

  // The next attempt of a payment counts as the first one does.
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "unreachable"));
  });
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-2")), IsOk());
  const uint64_t after = CommitAnother();
  EXPECT_THAT(since(after), IsOkAndHolds(Eq(false)));
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "pay-2")), IsOk());
  EXPECT_THAT(since(after), IsOkAndHolds(Eq(true)));
}

// Callers after the rotation look for the new index row and the old one; an intent that began
// before it knows the old one alone, and standing there second it would be sent a second time.
TEST_F(PaymentsAttemptTest, IntentUnderTheEarlierRowKeyBeginsAgainAfterARotation) {
  world_.DepositCvv(token_);
  world_.pipeline->HoldUntil(2);
  absl::Notification done;
  world_.payments->Pay(world_.Input(token_, "pay-1"), [&](const auto& record) {
    EXPECT_THAT(record, IsOk());
    done.Notify();
  });
  world_.keyring.Set(MakeTestKeyring("vault-1", 2));
  CommitAnother();
  done.WaitForNotification();
  int indexed = 0;
  for (const KeyedRow& row : world_.Rows(Table::kPayments)) {
    if (!PaymentIndex::IsKeyed(row.key)) continue;
    ++indexed;
    EXPECT_THAT(RowKeyVersion(row.key, 1), IsOkAndHolds(testing::Eq(2u)));
  }
  EXPECT_EQ(indexed, 2);  // by payment_id and by merchant
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

}  // namespace
}  // namespace cardvault
