// Requests that provably never left: each gives its CVV back.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "card/test_pans.h"
#include "forwarder/escrow/cvv_escrow.h"
#include "forwarder/outbound/card_payment_for_test.h"
#include "forwarder/outbound/outbound_fixture_for_test.h"
#include "forwarder/outbound/outbound_sender.h"
#include "forwarder/outbound/testing/throwaway_ca.h"
#include "forwarder/outbound/testing/tls_server.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using Delivery = OutboundAnswer::Delivery;

class NotSentTest : public OutboundFixture {
 protected:
  NotSentTest() { ServeAnswer(200, "{}"); }

  void ExpectNotSent(OutboundRequest request, absl::StatusCode code) {
    const OutboundAnswer answer = Send(std::move(request));
    EXPECT_EQ(answer.delivery, Delivery::kNotSent);
    EXPECT_THAT(answer.error, StatusIs(code));
    EXPECT_EQ(answer.http_status, 0);
    EXPECT_EQ(server_->request_count(), 0);
  }
};

TEST_F(NotSentTest, UnreachableUpstreamGivesTheCodeBack) {
  const ThrowawayCa other;
  TlsServer untrusted(
      other, [](const TlsServer::Request&) { return TlsServer::Reply{HttpAnswer(200, "{}")}; });
  OutboundRequest request = H2h();
  request.transport.base_url = absl::StrCat("https://127.0.0.1:", untrusted.port());
  ExpectNotSent(std::move(request), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
  EXPECT_EQ(untrusted.request_count(), 0);

  request = H2h();
  request.transport.allow_private_addresses = false;
  ExpectNotSent(std::move(request), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
}

TEST_F(NotSentTest, MalformedUrlGivesTheCodeBack) {
  OutboundRequest request = H2h();
  request.transport.base_url = "http://127.0.0.1";
  ExpectNotSent(std::move(request), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
}

TEST_F(NotSentTest, DamagedOrMovedRecordsAreNotSent) {
  OutboundRequest request = H2h();
  request.card->sealed_pan.back() ^= 1;
  ExpectNotSent(std::move(request), absl::StatusCode::kDataLoss);
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
  request = Praxis();
  request.card->sealed_profile.front() ^= 1;
  ExpectNotSent(std::move(request), absl::StatusCode::kDataLoss);
  request = Praxis();
  request.card->merchant = *MerchantId::Parse("kiosk", "merchant");
  ExpectNotSent(std::move(request), absl::StatusCode::kDataLoss);
}

TEST_F(NotSentTest, MissingCodesCardsAndCredentialsAreNotSent) {
  OutboundRequest request = payment_.H2h(kVisaTestPan, "", transport_);
  OutboundAnswer answer = Send(std::move(request));
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_THAT(answer.error,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  request = H2h();
  request.card.reset();
  ExpectNotSent(std::move(request), absl::StatusCode::kInternal);
  request = Praxis();
  request.secrets.clear();
  ExpectNotSent(std::move(request), absl::StatusCode::kFailedPrecondition);
  request = Praxis();
  request.plan.body.push_back({"nested", PlanObject{}});
  ExpectNotSent(std::move(request), absl::StatusCode::kInternal);
}

TEST_F(NotSentTest, ExpiredCodeIsNotSent) {
  OutboundRequest request = H2h();
  clock_.Advance(kDefaultCvvLife);
  const OutboundAnswer answer = Send(std::move(request));
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_THAT(answer.error,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvExpired));
  EXPECT_EQ(payment_.cvv_state(), CvvState::kExpired);
}

TEST_F(NotSentTest, OneTransferTooManyGivesTheCodeBack) {
  HttpsLimits limits;
  limits.max_transfers = 0;
  StartSender(limits);
  const OutboundAnswer answer = Send(H2h());
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_THAT(answer.error, StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
  EXPECT_EQ(server_->request_count(), 0);
}

TEST_F(NotSentTest, AfterStopNothingIsSent) {
  sender_->Stop(absl::ZeroDuration());
  const OutboundAnswer answer = Send(H2h());
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_THAT(answer.error, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
}

}  // namespace
}  // namespace cardvault
