#include "forwarder/ledger/payment_state.h"

#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace cardvault {
namespace {

using State = PaymentState;

std::vector<State> AllStates() {
  std::vector<State> states;
  for (uint32_t i = 1; i <= kLastPaymentState; ++i) states.push_back(static_cast<State>(i));
  return states;
}

TEST(PaymentStateTest, NumbersAndNamesAreTheApis) {
  const std::vector<const char*> names = {
      "PENDING",   "REDIRECT_REQUIRED", "AUTHORIZED", "APPROVED",     "DECLINED",
      "CANCELLED", "REJECTED",          "NOT_SENT",   "NOT_RECEIVED", "IN_DOUBT"};
  for (uint32_t i = 0; i < names.size(); ++i) {
    EXPECT_TRUE(IsPaymentState(i + 1));
    EXPECT_EQ(PaymentStateName(static_cast<State>(i + 1)), names[i]);
  }
  EXPECT_FALSE(IsPaymentState(0));
  EXPECT_FALSE(IsPaymentState(11));
}

TEST(PaymentStateTest, FinalAndOpenStates) {
  const std::set<State> final = {State::kApproved, State::kDeclined, State::kCancelled,
                                 State::kRejected, State::kNotReceived};
  for (const State state : AllStates()) {
    EXPECT_EQ(IsFinal(state), final.count(state) == 1) << PaymentStateName(state);
    EXPECT_EQ(IsOpen(state), final.count(state) == 0 && state != State::kNotSent)
        << PaymentStateName(state);
  }
}

// Promise 5: states move forward only. Every pair that is not listed is refused.
TEST(PaymentStateTest, CanMoveForwardOnly) {
  std::set<std::pair<State, State>> allowed = {
      {State::kPending, State::kRedirectRequired},
      {State::kPending, State::kAuthorized},
      {State::kPending, State::kNotSent},
      {State::kPending, State::kInDoubt},
      {State::kRedirectRequired, State::kAuthorized},
      {State::kInDoubt, State::kPending},
      {State::kInDoubt, State::kRedirectRequired},
      {State::kInDoubt, State::kAuthorized},
      {State::kNotSent, State::kPending},
  };
  for (const State to : AllStates()) {
    if (!IsFinal(to)) continue;
    for (const State from :
         {State::kPending, State::kRedirectRequired, State::kAuthorized, State::kInDoubt}) {
      allowed.insert({from, to});
    }
  }
  for (const State from : AllStates()) {
    for (const State to : AllStates()) {
      EXPECT_EQ(CanMove(from, to), allowed.count({from, to}) == 1)
          << PaymentStateName(from) << " -> " << PaymentStateName(to);
    }
  }
}

}  // namespace
}  // namespace cardvault
