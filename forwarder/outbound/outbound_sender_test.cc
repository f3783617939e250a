#include "forwarder/outbound/outbound_sender.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/secret_bytes.h"
#include "card/test_pans.h"
#include "forwarder/outbound/canonical_hmac.h"
#include "forwarder/outbound/card_payment_for_test.h"
#include "forwarder/outbound/message_document.h"
#include "forwarder/outbound/outbound_fixture_for_test.h"
#include "forwarder/outbound/response_firewall.h"
#include "forwarder/outbound/testing/tls_server.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using Delivery = OutboundAnswer::Delivery;
using After = TlsServer::After;

class OutboundSenderTest : public OutboundFixture {};

TEST_F(OutboundSenderTest, H2hRequestIsSignedOverTheBytesThatArrive) {
  ServeAnswer(200, R"({"status":"success","message":null,"other":"x","processing_info":)"
                   R"({"amount_acquired":1500}})");
  const OutboundAnswer answer = Send(H2h());
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_THAT(answer.error, IsOk());
  EXPECT_EQ(answer.http_status, 200);
  EXPECT_FALSE(answer.has_proof);  // TLS alone
  EXPECT_FALSE(answer.verified);
  EXPECT_TRUE(IsBelievable(answer));
  EXPECT_FALSE(answer.found_card);
  ASSERT_EQ(answer.fields.size(), 3u);  // not "other"
  EXPECT_EQ(FieldOf(answer, "status"), "success");
  EXPECT_EQ(FieldOf(answer, "processing_info.amount_acquired"), "1500");
  EXPECT_TRUE(answer.fields[1].is_null);
  EXPECT_TRUE(answer.fields[0].is_string);
  EXPECT_FALSE(answer.fields[2].is_string);
  EXPECT_EQ(payment_.cvv_state(), CvvState::kConsumed);

  ASSERT_EQ(server_->request_count(), 1);
  TlsServer::Request request = server_->requests()[0];
  EXPECT_NE(request.body.find(absl::StrCat("\"pan\":\"", kVisaTestPan, "\"")), std::string::npos);
  EXPECT_NE(request.body.find("\"cvv\":\"568\""), std::string::npos);
  EXPECT_EQ(request.headers["x-mp-timestamp"], absl::StrCat(absl::ToUnixMillis(clock_.Now())));
  CanonicalHmacSigner signer;
  signer.canonical_template = "{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}";
  CanonicalInput input;
  input.method = "POST";
  input.path = request.path;
  input.timestamp = request.headers["x-mp-timestamp"];
  input.nonce = request.headers["x-mp-nonce"];
  input.body = request.body;
  EXPECT_EQ(request.headers["x-mp-signature"],
            *SignCanonical(signer, input, SecretBytes::CopyOf("ApiSecret-1")));
}

TEST_F(OutboundSenderTest, PraxisRequestIsSignedInItsBodyAndItsAnswerVerified) {
  ServeAnswer(200, Signed({{"status", "0"}, {"transaction_status", "approved"}, {"new", "1"}}));
  transport_.clock_offset = absl::Seconds(-5);
  const OutboundAnswer answer = Send(Praxis());
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_TRUE(answer.verified);
  EXPECT_EQ(FieldOf(answer, "transaction_status"), "approved");
  ASSERT_EQ(server_->request_count(), 1);
  const auto sent = MessageDocument::Parse(SecretBytes::CopyOf(server_->requests()[0].body));
  ASSERT_THAT(sent, IsOk());
  EXPECT_TRUE(sent->VerifySortedValues("signature", SecretBytes::CopyOf("MerchantSecretKey")));
  EXPECT_EQ(sent->Find("timestamp")->text, absl::StrCat(absl::ToUnixSeconds(clock_.Now()) - 5));
  EXPECT_EQ(sent->Find("card_number")->text, kVisaTestPan);
}

TEST_F(OutboundSenderTest, WrongOrMissingProofIsNotVerified) {
  for (const std::string& body :
       {Signed({{"status", "0"}}, "AnotherKey"), std::string(R"({"status":"0"})"),
        std::string(R"({"status":"0","signature":"00"})")}) {
    ServeAnswer(200, body);
    const OutboundAnswer answer = Send(Praxis());
    EXPECT_EQ(answer.delivery, Delivery::kAnswered);
    EXPECT_TRUE(answer.has_proof);
    EXPECT_FALSE(answer.verified);
    EXPECT_FALSE(IsBelievable(answer));
    EXPECT_EQ(FieldOf(answer, "status"), "0");
  }
}

TEST_F(OutboundSenderTest, EncryptedCardFieldsGoOutUnderTheRequestsTimestamp) {
  const std::string pan(kVisaTestPan.data(), kVisaTestPan.size());
  ServeAnswer(200, absl::StrCat(R"({"description":"card )", pan, R"("})"));
  transport_.clock_offset = absl::FromUnixSeconds(1700000000) - clock_.Now();
  const OutboundAnswer answer = Send(Praxis13());
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_EQ(FieldOf(answer, "description"), absl::StrCat("card ", kCardNumberRemoved));
  EXPECT_EQ(payment_.cvv_state(), CvvState::kConsumed);
  ASSERT_EQ(server_->request_count(), 1);
  const TlsServer::Request request = server_->requests()[0];
  // The vendor cipher's vectors.
  EXPECT_EQ(request.body, R"({"order_id":"order-1","timestamp":1700000000,"card_data":{)"
                          R"("card_number":"xcQ2p0W2lYloV7zegvHDA+j41WfCWXY7/8A7Z+CC0TQ=",)"
                          R"("exp":"TGSonza+w9RP3JyZoKr0Ng==","cvv":"Yw0Pkq4/kcVXoIRZ7x7fpA=="}})");
  // python3: hashlib.sha384(b"order-1" + b"1700000000" + ciphertext + b"MerchantSecretKey")
  EXPECT_EQ(request.headers.at("gt-authentication"),
            "74eb827fb454db7fe7b29f6704f60112d25f87a921c274e67fb0148723302d79eebeaf8479c13069c25193"
            "995bbe7fb1");
}

TEST_F(OutboundSenderTest, SecretTooLongToEncryptWithSendsNothing) {
  ServeAnswer(200, "{}");
  OutboundRequest request = Praxis13();
  request.secrets["merchant_secret"].current =
      std::make_shared<const SecretBytes>(SecretBytes::CopyOf(std::string(33, 'a')));
  const OutboundAnswer answer = Send(std::move(request));
  EXPECT_EQ(answer.delivery, Delivery::kNotSent);
  EXPECT_THAT(answer.error, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(payment_.cvv_state(), CvvState::kHeld);
  EXPECT_EQ(server_->connection_count(), 0);
}

TEST_F(OutboundSenderTest, AnswerIsVerifiedByItsHeader) {
  // python3: hashlib.sha384(b"0" + b"1700000000" + b"77" + b"MerchantSecretKey").hexdigest()
  const std::string signature =
      "e2b6e0bd9f40f9914ae07882814b2058d0f84b9c24d35a802d0dff4cfd08e9eb711bde6b2f7275fc84d226680658"
      "d55e";
  std::string header = "Gt-Authentication: " + signature;
  Serve([&](const TlsServer::Request&) {
    return TlsServer::Reply{
        absl::StrCat("HTTP/1.1 200 OK\r\n", header, "\r\nContent-Length: 63\r\n\r\n",
                     R"({"status":0,"timestamp":1700000000,"transaction":{"tid":77.00}})")};
  });
  OutboundAnswer answer = Send(Praxis13());
  EXPECT_TRUE(answer.has_proof);
  EXPECT_TRUE(answer.verified);
  EXPECT_TRUE(IsBelievable(answer));
  EXPECT_EQ(FieldOf(answer, "transaction.tid"), "77.00");
  header += "\r\nGt-Authentication: 00";
  answer = Send(Praxis13());
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_TRUE(answer.has_proof);
  EXPECT_FALSE(answer.verified);
  EXPECT_FALSE(IsBelievable(answer));
  header = "X-Other: 1";
  EXPECT_FALSE(Send(Praxis13()).verified);
}

TEST_F(OutboundSenderTest, AnswerIsVerifiedByAnHmacOverItsBytes) {
  CanonicalHmacProof proof;
  proof.canonical_template = "{method}|{path}|{host}|{timestamp}|{body}";
  proof.secret_name = "api_secret";
  proof.signature_header = "X-Sign";
  proof.timestamp_header = "X-Time";
  const std::string body = R"( {"status":"success"})";
  Serve([&](const TlsServer::Request& request) {
    CanonicalHmacSigner signer;
    signer.canonical_template = proof.canonical_template;
    CanonicalInput input;
    input.method = request.method;
    input.path = request.path;
    input.host = request.headers.at("host");
    input.timestamp = "1700000000";
    input.body = body;
    return TlsServer::Reply{
        absl::StrCat("HTTP/1.1 200 OK\r\nX-Time: 1700000000\r\nX-Sign: ",
                     *SignCanonical(signer, input, SecretBytes::CopyOf("ApiSecret-1")),
                     "\r\nContent-Length: ", body.size(), "\r\n\r\n", body)};
  });
  OutboundRequest request = H2h();
  request.plan.answer.proof = proof;
  EXPECT_TRUE(Send(std::move(request)).verified);
  request = H2h();
  proof.secret_name = "another";
  request.plan.answer.proof = proof;
  EXPECT_FALSE(Send(std::move(request)).verified);
}

TEST_F(OutboundSenderTest, EchoedCardsStayOut) {  // F2
  const std::string pan(kVisaTestPan.data(), kVisaTestPan.size());
  ServeAnswer(200, Signed({{"status", pan},
                           {"description", "card " + absl::Base64Escape("n=" + pan) + " ok"},
                           {"transaction_status", "cvv 568 matched"},
                           {"redirect_url", "https://pay.example/?n=" + pan}}));
  const OutboundAnswer answer = Send(Praxis());
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_TRUE(answer.verified);
  EXPECT_TRUE(answer.found_card);
  EXPECT_EQ(FieldOf(answer, "status"), kCardNumberRemoved);
  EXPECT_EQ(FieldOf(answer, "description").find(absl::Base64Escape(pan).substr(4, 8)),
            std::string::npos);
  EXPECT_EQ(FieldOf(answer, "transaction_status"), absl::StrCat("cvv ", kCodeRemoved, " matched"));
  EXPECT_EQ(FieldOf(answer, "redirect_url"), "(none)");
}

TEST_F(OutboundSenderTest, NumberThatIsTheCardBecomesAString) {
  ServeAnswer(200, absl::StrCat(R"({"status":)", kVisaTestPan, "}"));
  const OutboundAnswer answer = Send(H2h());
  ASSERT_EQ(answer.fields.size(), 1u);
  EXPECT_TRUE(answer.fields[0].is_string);
  EXPECT_EQ(answer.fields[0].text, kCardNumberRemoved);
}

TEST_F(OutboundSenderTest, StatusCallsOpenNoCardAndDetectAny) {  // F2
  ServeAnswer(200, absl::StrCat(R"({"status":"ok","order_id":"order-1","description":"was )",
                                kVisaTestPan2, "\"}"));
  const OutboundAnswer answer = Send(CardPayment::StatusCall(transport_));
  EXPECT_EQ(answer.delivery, Delivery::kAnswered);
  EXPECT_TRUE(answer.found_card);
  EXPECT_EQ(FieldOf(answer, "description"), kCardNumberRemoved);
  EXPECT_EQ(FieldOf(answer, "order_id"), "order-1");
}

TEST_F(OutboundSenderTest, AnythingButA2xxJsonObjectIsUnknown) {
  struct Case {
    int status;
    std::string body;
  };
  for (const Case& each :
       {Case{200, "<html>ok</html>"}, Case{200, ""}, Case{200, "[]"}, Case{200, R"({"a":1)"},
        Case{200, R"({"a":1,"a":2})"}, Case{302, "{}"}, Case{400, R"({"status":"decline"})"},
        Case{404, "{}"}, Case{500, "{}"}, Case{503, ""}}) {
    ServeAnswer(each.status, each.body);
    const OutboundAnswer answer = Send(H2h());
    EXPECT_EQ(answer.delivery, Delivery::kUnknown) << each.status << each.body;
    EXPECT_THAT(answer.error, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_EQ(answer.http_status, each.status);
    EXPECT_TRUE(answer.fields.empty());
    EXPECT_FALSE(IsBelievable(answer));
    EXPECT_EQ(payment_.cvv_state(), CvvState::kConsumed);
    EXPECT_EQ(server_->request_count(), 1);
  }
}

TEST_F(OutboundSenderTest, AnswerAboveTheCapIsUnknown) {
  const std::string at_the_cap = R"({"status":"success"})";
  HttpsLimits limits;
  limits.max_answer_size = at_the_cap.size();
  StartSender(limits);
  ServeAnswer(200, at_the_cap);
  EXPECT_EQ(Send(H2h()).delivery, Delivery::kAnswered);
  ServeAnswer(200, at_the_cap + " ");
  const OutboundAnswer answer = Send(H2h());
  EXPECT_EQ(answer.delivery, Delivery::kUnknown);
  EXPECT_THAT(answer.error, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(answer.fields.empty());
  EXPECT_EQ(payment_.cvv_state(), CvvState::kConsumed);
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(OutboundSenderTest, TimestampsAreTheClocksWithTheRoutesOffset) {
  ServeAnswer(200, "{}");
  for (const absl::Duration offset : {absl::Milliseconds(-2500), absl::Minutes(3)}) {
    transport_.clock_offset = offset;
    EXPECT_EQ(Send(H2h()).delivery, Delivery::kAnswered);
    EXPECT_EQ(server_->requests().back().headers["x-mp-timestamp"],
              absl::StrCat(absl::ToUnixMillis(clock_.Now() + offset)));
    EXPECT_EQ(Send(Praxis13()).delivery, Delivery::kAnswered);
    EXPECT_NE(server_->requests().back().body.find(
                  absl::StrCat("\"timestamp\":", absl::ToUnixSeconds(clock_.Now() + offset), ",")),
              std::string::npos);
  }
}

TEST_F(OutboundSenderTest, KeptConnectionThatDiesLeavesThePaymentInDoubt) {
  for (const bool has_guard : {true, false}) {
    HttpsLimits limits;
    limits.has_resend_guard = has_guard;
    StartSender(limits);
    Serve([](const TlsServer::Request& request) {
      return request.connection == 1 && request.number == 2
                 ? TlsServer::Reply{"", After::kClose}
                 : TlsServer::Reply{HttpAnswer(200, R"({"status":"success"})")};
    });
    ASSERT_EQ(Send(H2h()).delivery, Delivery::kAnswered);
    const OutboundAnswer answer = Send(H2h());
    EXPECT_EQ(payment_.cvv_state(), CvvState::kConsumed);
    if (has_guard) {
      EXPECT_EQ(answer.delivery, Delivery::kUnknown);
      EXPECT_EQ(server_->request_count(), 2);
    } else {
      // Booked twice, and the answer looks fine: what the guard is for.
      EXPECT_EQ(answer.delivery, Delivery::kAnswered);
      ASSERT_EQ(server_->request_count(), 3);
      EXPECT_EQ(server_->requests()[1].body, server_->requests()[2].body);
    }
  }
}

TEST_F(OutboundSenderTest, WhatThePlanDoesNotNeedIsNotOpened) {
  ServeAnswer(200, "{}");
  OutboundRequest request = H2h();
  request.card->sealed_pan = "damaged";
  request.card->sealed_profile = "damaged";
  request.plan.body = {{"payment_id", std::string("payment-1")}};
  EXPECT_EQ(Send(std::move(request)).delivery, Delivery::kAnswered);
  EXPECT_EQ(server_->requests()[0].body, R"({"payment_id":"payment-1"})");
}

TEST_F(OutboundSenderTest, StopEndsWhatIsUnderWayAsUnknown) {
  absl::Notification arrived;
  absl::Notification go_on;
  Serve([&](const TlsServer::Request&) {
    arrived.Notify();
    go_on.WaitForNotification();
    return TlsServer::Reply{"", After::kClose};
  });
  std::optional<OutboundAnswer> answer;
  sender_->Send(H2h(), [&](OutboundAnswer given) { answer = std::move(given); });
  arrived.WaitForNotification();
  sender_->Stop(absl::Milliseconds(50));
  go_on.Notify();
  server_.reset();  // its thread waits on `go_on`, which dies with this function
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->delivery, Delivery::kUnknown);
  EXPECT_EQ(payment_.cvv_state(), CvvState::kConsumed);
}

}  // namespace
}  // namespace cardvault
