// The reconciler end to end: what becomes of payments whose outcome was not known, whatever killed
// the server meanwhile, and what is left for a person.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing/audit_log_reader.h"
#include "tests/testing/payment_stage.h"

namespace cardvault::testing {
namespace {

constexpr int kSlowMillis = 20000;

std::string Reconcile(const std::string& more) {
  return "timeouts: {connect: 1s, total: 2s}\nreconcile: {in_doubt_after: 50ms, pending_after: "
         "50ms, max_interval: 300ms" +
         more + "}\n";
}

constexpr char kNotFoundSoon[] = ", not_found_after: 200ms, not_found_interval: 100ms";

bool HasEvent(const v1::Payment& payment, const std::string& source, v1::PaymentState state) {
  return std::any_of(payment.timeline().begin(), payment.timeline().end(),
                     [&](const v1::PaymentEvent& event) {
                       return event.source() == source && event.state() == state && event.applied();
                     });
}

class ReconcileTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage(kSlowMillis);
    stage_->AddH2hRoute("h2h", kAskedSoon);
    stage_->AddPraxisRoute("praxis", kAskedSoon);
  }
  static void TearDownTestSuite() { delete stage_; }

  static v1::Payment PayFresh(const std::string& name, int64_t amount,
                              const std::string& route = GetParam()) {
    const std::string id = route + "-" + name;
    return stage_->Pay(PayInOf(route, id, stage_->Token(id), amount));
  }

  static int Posts(const v1::Payment& payment) {
    return stage_->sandbox().Order(stage_->Port(GetParam()), payment.upstream_reference()).posts;
  }

  static PaymentStage* stage_;
};

PaymentStage* ReconcileTest::stage_ = nullptr;

TEST_P(ReconcileTest, EveryDoubtEndsAsTheUpstreamBookedIt) {
  struct Case {
    int64_t amount;
    const char* answered;
    v1::PaymentState end;
  };
  const std::vector<Case> cases = {
      {70004, "IN_DOUBT", v1::PAYMENT_STATE_APPROVED},
      {70005, "IN_DOUBT", v1::PAYMENT_STATE_APPROVED},
      {70006, "IN_DOUBT", v1::PAYMENT_STATE_APPROVED},
      {70009, "IN_DOUBT", v1::PAYMENT_STATE_APPROVED},
      {70012, "IN_DOUBT", v1::PAYMENT_STATE_APPROVED},
      {70013, "IN_DOUBT", v1::PAYMENT_STATE_DECLINED},
      {70017, "IN_DOUBT", v1::PAYMENT_STATE_APPROVED},
      {70018, "APPROVED", v1::PAYMENT_STATE_APPROVED},
      {70019, "APPROVED", v1::PAYMENT_STATE_APPROVED},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.amount);
    const v1::Payment payment = PayFresh(std::to_string(c.amount), c.amount);
    EXPECT_EQ(StateName(payment), c.answered);
    const v1::Payment ended = stage_->AwaitState(payment.payment_id(), c.end);
    EXPECT_FALSE(ended.conflict());
    EXPECT_FALSE(ended.needs_review());
    EXPECT_EQ(Posts(payment), 1);
  }
}

// The server dies while the gateway thinks about it.
TEST_P(ReconcileTest, WhatASigkillCutOffIsFoundOutAndNeverSentAgain) {
  const std::string id = std::string(GetParam()) + "-killed";
  const v1::PayInRequest request = PayInOf(GetParam(), id, stage_->Token(id), 70003);
  const auto stub = stage_->vault().PayIn();
  std::thread caller([&] {
    Call call;
    v1::PayInResponse response;
    EXPECT_FALSE(stub->PayIn(call, request, &response).ok());
  });
  const int port = stage_->Port(GetParam());
  while (stage_->sandbox().Order(port, id).posts == 0) std::this_thread::yield();
  stage_->Crash();
  caller.join();
  const v1::Payment payment = stage_->AwaitState(id, v1::PAYMENT_STATE_APPROVED);
  EXPECT_TRUE(HasEvent(payment, "restart", v1::PAYMENT_STATE_IN_DOUBT));
  EXPECT_TRUE(HasEvent(payment, "status", v1::PAYMENT_STATE_APPROVED));
  // The same request again is answered from the ledger.
  EXPECT_EQ(StateName(stage_->Pay(request)), "APPROVED");
  EXPECT_EQ(stage_->sandbox().Order(port, id).posts, 1);
}

INSTANTIATE_TEST_SUITE_P(Connectors, ReconcileTest, ::testing::Values("h2h", "praxis"),
                         [](const auto& info) { return std::string(info.param); });

class NotReceivedTest : public ::testing::Test {
 protected:
  // A payment that the gateway threw away.
  v1::Payment PayLost(const std::string& route) {
    v1::Payment payment = stage_.Pay(PayInOf(route, route, stage_.Token(route), 70014));
    EXPECT_EQ(StateName(payment), "IN_DOUBT");
    return payment;
  }

  int StatusCalls(const std::string& connector) {
    const std::string stats = stage_.sandbox().Get(stage_.Port(connector), "/sandbox/stats");
    const std::string key = "\"status_calls\":";
    const size_t at = stats.find(key);
    EXPECT_NE(at, std::string::npos) << stats;
    return at == std::string::npos ? 0 : std::stoi(stats.substr(at + key.size()));
  }

  void AwaitStatusCalls(const std::string& connector, int count) {
    while (StatusCalls(connector) < count) std::this_thread::yield();
  }

  PaymentStage stage_;
};

TEST_F(NotReceivedTest, PraxisSaysSoTwiceAfterTheTimestampExpired) {
  stage_.AddPraxisRoute("praxis", Reconcile(kNotFoundSoon));
  PayLost("praxis");
  const v1::Payment payment = stage_.AwaitState("praxis", v1::PAYMENT_STATE_NOT_RECEIVED);
  EXPECT_TRUE(HasEvent(payment, "status", v1::PAYMENT_STATE_NOT_RECEIVED));
  EXPECT_GE(StatusCalls("praxis"), 2);
}

TEST_F(NotReceivedTest, H2hWithoutATimeOfItsOwnStaysInDoubt) {
  stage_.AddH2hRoute("h2h", Reconcile(""), "  not_found_code: payment_not_found\n");
  PayLost("h2h");
  AwaitStatusCalls("h2h", 5);
  EXPECT_EQ(StateName(stage_.Get("h2h")), "IN_DOUBT");
}

TEST_F(NotReceivedTest, H2hWithoutItsCodeForItStaysInDoubt) {
  stage_.AddH2hRoute("h2h", Reconcile(kNotFoundSoon));
  PayLost("h2h");
  AwaitStatusCalls("h2h", 5);
  EXPECT_EQ(StateName(stage_.Get("h2h")), "IN_DOUBT");
}

TEST_F(NotReceivedTest, H2hThatStatesBothIsBelieved) {
  stage_.AddH2hRoute("h2h", Reconcile(kNotFoundSoon), "  not_found_code: payment_not_found\n");
  PayLost("h2h");
  stage_.AwaitState("h2h", v1::PAYMENT_STATE_NOT_RECEIVED);
}

class ReviewTest : public NotReceivedTest {
 protected:
  std::string Resolve(const std::string& id, const std::string& state,
                      const std::string& merchant = kMerchant) {
    Call call;
    admin::v1::ResolvePaymentRequest request;
    request.set_merchant(merchant);
    request.set_payment_id(id);
    request.set_state(state);
    admin::v1::ResolvePaymentResponse response;
    const grpc::Status status = stage_.vault().System()->ResolvePayment(call, request, &response);
    return status.ok() ? response.payment().state() : call.reason();
  }

  std::vector<std::string> Open(bool needs_review) {
    Call call;
    admin::v1::ListOpenPaymentsRequest request;
    request.set_needs_review(needs_review);
    admin::v1::ListOpenPaymentsResponse response;
    EXPECT_TRUE(stage_.vault().System()->ListOpenPayments(call, request, &response).ok());
    std::vector<std::string> ids;
    for (const admin::v1::OpenPayment& payment : response.payments()) {
      EXPECT_EQ(payment.merchant(), kMerchant);
      ids.push_back(payment.payment_id());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }
};

TEST_F(ReviewTest, WhatNobodyCanFindOutIsEndedByAPersonAlone) {
  stage_.AddH2hRoute("asked", Reconcile(""));
  stage_.AddH2hRoute("late", Reconcile(", review_after: 10ms"));
  PayLost("asked");
  PayLost("late");
  v1::Payment late = stage_.Get("late");
  while (!late.needs_review()) late = stage_.Get("late");
  EXPECT_EQ(StateName(late), "IN_DOUBT");
  EXPECT_EQ(Open(false), (std::vector<std::string>{"asked", "late"}));
  EXPECT_EQ(Open(true), (std::vector<std::string>{"late"}));

  EXPECT_EQ(Resolve("asked", "NOT_RECEIVED"), "NOT_REVIEWED");
  EXPECT_EQ(Resolve("late", "PENDING"), "FIELD_INVALID");
  EXPECT_EQ(Resolve("late", "PAID"), "FIELD_INVALID");
  EXPECT_EQ(Resolve("never", "DECLINED"), "PAYMENT_NOT_FOUND");
  EXPECT_EQ(Resolve("late", "DECLINED", kOtherMerchant), "PAYMENT_NOT_FOUND");
  EXPECT_EQ(StateName(stage_.Get("late")), "IN_DOUBT");

  EXPECT_EQ(Resolve("late", "NOT_RECEIVED"), "NOT_RECEIVED");
  const v1::Payment resolved = stage_.Get("late");
  EXPECT_EQ(StateName(resolved), "NOT_RECEIVED");
  EXPECT_FALSE(resolved.needs_review());
  EXPECT_TRUE(HasEvent(resolved, "operator", v1::PAYMENT_STATE_NOT_RECEIVED));
  EXPECT_EQ(Open(true), std::vector<std::string>{});
  EXPECT_EQ(Open(false), std::vector<std::string>{"asked"});

  ASSERT_EQ(stage_.vault().Stop(), 0);
  int told = 0;
  for (const AuditEntry& entry : ReadAuditLog(stage_.vault().data_directory())) {
    if (entry.leaf.action != AuditAction::kPaymentResolved) continue;
    if (entry.leaf.outcome != AuditOutcome::kSuccess) continue;
    EXPECT_EQ(entry.leaf.origin.principal, kOperatorUri);
    EXPECT_EQ(entry.leaf.object, resolved.audit_reference());
    ++told;
  }
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(stage_.vault().Start());
}

}  // namespace
}  // namespace cardvault::testing
