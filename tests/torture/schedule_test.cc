#include "tests/torture/schedule.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace cardvault::torture {
namespace {

constexpr uint64_t kSeed = 7;
constexpr uint64_t kRestoreOneIn = 10;

std::string TextOf(const Schedule& schedule) {
  std::string text = absl::StrCat(schedule.seed);
  for (const PlannedPayment& payment : schedule.payments) {
    absl::StrAppend(&text, "\n", payment.id, " ", static_cast<int>(payment.kind), " ",
                    payment.route, " ", payment.amount, " ", payment.cvv, " ", payment.original_id,
                    " ", payment.settled_state, " ", payment.settled_amount);
  }
  for (const Operation& operation : schedule.operations) {
    absl::StrAppend(&text, "\n", static_cast<int>(operation.kind), " ", operation.payment, " ",
                    operation.forgery);
  }
  for (const PlannedEvent& event : schedule.events) {
    absl::StrAppend(&text, "\n", static_cast<int>(event.kind), " ", event.operation, " ",
                    event.delay.count());
  }
  return text;
}

TEST(ScheduleTest, SameSeedAndRunGiveTheSameSchedule) {
  EXPECT_EQ(TextOf(MakeSchedule(kSeed, 3, kRestoreOneIn)),
            TextOf(MakeSchedule(kSeed, 3, kRestoreOneIn)));
  EXPECT_NE(TextOf(MakeSchedule(kSeed, 3, kRestoreOneIn)),
            TextOf(MakeSchedule(kSeed, 4, kRestoreOneIn)));
  EXPECT_NE(TextOf(MakeSchedule(kSeed, 3, kRestoreOneIn)),
            TextOf(MakeSchedule(kSeed + 1, 3, kRestoreOneIn)));
}

TEST(ScheduleTest, EveryPaymentIsPaidUnderItsOwnId) {
  for (int run = 1; run <= 50; ++run) {
    const Schedule schedule = MakeSchedule(kSeed, run, kRestoreOneIn);
    std::set<std::string> ids;
    for (const PlannedPayment& payment : schedule.payments) {
      EXPECT_TRUE(ids.insert(payment.id).second) << payment.id;
      EXPECT_LE(payment.id.size(), 50u);
      EXPECT_GT(payment.amount, 0);
    }
    std::set<size_t> paid;
    for (const Operation& operation : schedule.operations) {
      ASSERT_LT(operation.payment, schedule.payments.size());
      const bool pays =
          operation.kind == Operation::Kind::kPay || operation.kind == Operation::Kind::kGiveUp;
      EXPECT_TRUE(!pays || paid.insert(operation.payment).second);
    }
    EXPECT_EQ(paid.size(), schedule.payments.size());
  }
}

TEST(ScheduleTest, RefundsAreOfEarlierPraxisPayIns) {
  int refunds = 0;
  for (int run = 1; run <= 50; ++run) {
    std::map<std::string, PlannedPayment> earlier;
    for (const PlannedPayment& payment : MakeSchedule(kSeed, run, kRestoreOneIn).payments) {
      if (payment.kind == v1::PAYMENT_KIND_REFUND) {
        ++refunds;
        ASSERT_EQ(earlier.count(payment.original_id), 1u);
        const PlannedPayment& original = earlier.at(payment.original_id);
        EXPECT_EQ(original.kind, v1::PAYMENT_KIND_PAY_IN);
        EXPECT_EQ(original.gateway, Gateway::kPraxis);
        EXPECT_EQ(original.route, payment.route);
        EXPECT_LE(payment.amount, original.amount);
      }
      earlier[payment.id] = payment;
    }
  }
  EXPECT_GT(refunds, 50);
}

// What is promised to be played is played.
TEST(ScheduleTest, FiftyRunsPlayEverything) {
  std::set<int64_t> amounts;
  std::set<v1::PaymentKind> kinds;
  std::set<std::string> routes;
  std::set<Operation::Kind> operations;
  int kills = 0;
  int outages = 0;
  int restores = 0;
  for (int run = 1; run <= 50; ++run) {
    const Schedule schedule = MakeSchedule(kSeed, run, kRestoreOneIn);
    for (const PlannedPayment& payment : schedule.payments) {
      amounts.insert(payment.amount);
      kinds.insert(payment.kind);
      routes.insert(payment.route);
    }
    for (const Operation& operation : schedule.operations) operations.insert(operation.kind);
    kills += schedule.kills();
    for (const PlannedEvent& event : schedule.events) {
      outages += event.kind == PlannedEvent::Kind::kOutageEnd;
    }
    restores += schedule.restores();
  }
  for (const int64_t amount : {70001, 70002, 70003, 70004, 70005, 70006, 70007, 70008, 70009, 70010,
                               70011, 70012, 70013, 70014, 70015, 70017, 70018, 70019}) {
    EXPECT_EQ(amounts.count(amount), 1u) << amount;
  }
  EXPECT_EQ(kinds.size(), 3u);
  EXPECT_EQ(routes.size(), 6u);
  EXPECT_EQ(operations.size(), 7u);
  EXPECT_GE(kills, 25);
  EXPECT_EQ(outages, 50);
  EXPECT_GE(restores, 2);
  EXPECT_LE(restores, 10);
}

TEST(ScheduleTest, WhatIsRestoredWasBackedUpBeforeAndTheRestIsAsWithoutIt) {
  for (int run = 1; run <= 50; ++run) {
    const Schedule schedule = MakeSchedule(kSeed, run, /*restore_one_in=*/1);
    EXPECT_TRUE(schedule.restores());
    bool is_backed_up = false;
    for (const PlannedEvent& event : schedule.events) {
      EXPECT_LT(event.operation, schedule.operations.size());
      if (event.kind == PlannedEvent::Kind::kBackup) is_backed_up = true;
      EXPECT_TRUE(is_backed_up || event.kind != PlannedEvent::Kind::kRestore);
    }
    Schedule rest = schedule;
    std::erase_if(rest.events, [](const PlannedEvent& event) {
      return event.kind == PlannedEvent::Kind::kBackup ||
             event.kind == PlannedEvent::Kind::kRestore;
    });
    EXPECT_EQ(TextOf(rest), TextOf(MakeSchedule(kSeed, run, /*restore_one_in=*/1'000'000)));
  }
}

}  // namespace
}  // namespace cardvault::torture
