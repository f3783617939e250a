#include "forwarder/outbound/https_transfer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "forwarder/outbound/testing/https_fixture.h"
#include "forwarder/outbound/testing/tls_server.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using After = TlsServer::After;

TlsServer::Handler Answering(int status, const std::string& body) {
  return [=](const TlsServer::Request&) { return TlsServer::Reply{HttpAnswer(status, body)}; };
}

// The guard. What libcurl does without it is what the second half of each test shows.
class ResendGuardTest : public HttpsFixture, public ::testing::WithParamInterface<After> {
 protected:
  // Answers the first request of a connection; books the second and ends the connection.
  TlsServer::Handler EndsAfterBooking() {
    return [](const TlsServer::Request& request) {
      return request.connection == 1 && request.number == 2
                 ? TlsServer::Reply{"", GetParam()}
                 : TlsServer::Reply{HttpAnswer(200, "{}")};
    };
  }
};

TEST_P(ResendGuardTest, RequestOnAKeptConnectionIsPostedOnce) {
  TlsServer server(ca_, EndsAfterBooking());
  StartLoop();
  ASSERT_THAT(Post(CallTo(server)).error, IsOk());
  const HttpsResult result = Post(CallTo(server));
  EXPECT_TRUE(result.may_have_arrived);
  EXPECT_THAT(result.error, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.request_count(), 2);  // the first payment and this one
}

TEST_P(ResendGuardTest, WithoutTheGuardItIsPostedTwice) {
  TlsServer server(ca_, EndsAfterBooking());
  HttpsLimits limits;
  limits.has_resend_guard = false;
  StartLoop(limits);
  ASSERT_THAT(Post(CallTo(server)).error, IsOk());
  const HttpsResult result = Post(CallTo(server));
  EXPECT_THAT(result.error, IsOk());  // and nobody would know
  EXPECT_EQ(result.http_status, 200);
  ASSERT_EQ(server.request_count(), 3);
  EXPECT_EQ(server.requests()[1].body, server.requests()[2].body);
}

TEST_P(ResendGuardTest, RequestOnANewConnectionIsPostedOnce) {
  TlsServer server(ca_, [](const TlsServer::Request&) { return TlsServer::Reply{"", GetParam()}; });
  StartLoop();
  const HttpsResult result = Post(CallTo(server));
  EXPECT_TRUE(result.may_have_arrived);
  EXPECT_FALSE(result.error.ok());
  EXPECT_EQ(server.request_count(), 1);
}

INSTANTIATE_TEST_SUITE_P(CloseAndReset, ResendGuardTest,
                         ::testing::Values(After::kClose, After::kReset),
                         [](const ::testing::TestParamInfo<After>& info) {
                           return info.param == After::kClose ? "Close" : "Reset";
                         });

class HttpsTransferTest : public HttpsFixture {};

TEST_F(HttpsTransferTest, SignsAgainBeforeTheFirstByteWhenConnectingTookLong) {
  for (const absl::Duration took : {absl::Seconds(30), absl::Seconds(31)}) {
    const bool is_too_long = took > absl::Seconds(30);
    TlsServer::Options options;
    options.before_handshake = [&] { clock_.Advance(took); };
    TlsServer server(ca_, Answering(200, "{}"), options);
    StartLoop();
    int builds = 0;
    HttpsCall call = CallTo(server);
    call.build = [&builds] {
      const std::string count = absl::StrCat(++builds);
      return HttpsMessage{{{"X-Signature", count}}, SecretBytes::CopyOf(count)};
    };
    EXPECT_THAT(Post(std::move(call)).error, IsOk());
    EXPECT_EQ(builds, is_too_long ? 2 : 1);
    ASSERT_EQ(server.request_count(), 1);
    EXPECT_EQ(server.requests()[0].body, absl::StrCat(builds));
    EXPECT_EQ(server.requests()[0].headers["x-signature"], absl::StrCat(builds));
  }
}

TEST_F(HttpsTransferTest, WhatCannotBeSignedAgainIsNotSent) {
  const auto second = [](absl::StatusOr<HttpsMessage> message) {
    return [n = 0, message = std::make_shared<absl::StatusOr<HttpsMessage>>(
                       std::move(message))]() mutable -> absl::StatusOr<HttpsMessage> {
      if (++n == 1) return HttpsMessage{{}, SecretBytes::CopyOf("first")};
      return std::move(*message);
    };
  };
  TlsServer::Options options;
  options.before_handshake = [&] { clock_.Advance(absl::Seconds(31)); };
  TlsServer server(ca_, Answering(200, "{}"), options);
  StartLoop();
  HttpsCall expired = CallTo(server);
  expired.build = second(FailedPrecondition(ErrorReason::kCvvExpired, "expired"));
  HttpsResult result = Post(std::move(expired));
  EXPECT_FALSE(result.may_have_arrived);
  EXPECT_THAT(result.error,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvExpired));
  HttpsCall longer = CallTo(server);
  longer.build = second(HttpsMessage{{}, SecretBytes::CopyOf("longer than the first")});
  result = Post(std::move(longer));
  EXPECT_FALSE(result.may_have_arrived);
  EXPECT_THAT(result.error, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(server.request_count(), 0);
}

TEST_F(HttpsTransferTest, WhatCannotBeBuiltIsNotSent) {
  TlsServer server(ca_, Answering(200, "{}"));
  StartLoop();
  HttpsCall call = CallTo(server);
  call.build = [] { return FailedPrecondition(ErrorReason::kCvvRequired, "none"); };
  const HttpsResult result = Post(std::move(call));
  EXPECT_FALSE(result.may_have_arrived);
  EXPECT_THAT(result.error,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCvvRequired));
  EXPECT_EQ(server.connection_count(), 0);
}

TEST_F(HttpsTransferTest, RedirectsAreNotFollowed) {  // F1
  TlsServer other(ca_, Answering(200, "{}"));
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    return TlsServer::Reply{absl::StrCat("HTTP/1.1 307 X\r\nLocation: https://127.0.0.1:",
                                         other.port(), "/pay\r\nContent-Length: 2\r\n\r\n{}")};
  });
  StartLoop();
  const HttpsResult result = Post(CallTo(server));
  EXPECT_EQ(result.http_status, 307);
  EXPECT_TRUE(result.may_have_arrived);
  EXPECT_TRUE(result.body.empty());
  EXPECT_EQ(server.request_count(), 1);
  EXPECT_EQ(other.connection_count(), 0);
}

TEST_F(HttpsTransferTest, ErrorAnswersComeWithoutABody) {
  for (const int status : {400, 401, 404, 429, 500, 503}) {
    TlsServer server(ca_, Answering(status, R"({"status":"success"})"));
    StartLoop();
    const HttpsResult result = Post(CallTo(server));
    EXPECT_THAT(result.error, IsOk());
    EXPECT_EQ(result.http_status, status);
    EXPECT_TRUE(result.may_have_arrived);
    EXPECT_TRUE(result.body.empty());
  }
}

TEST_F(HttpsTransferTest, CutAndOversizeAnswersAreNoAnswers) {
  const std::vector<std::string> answers = {
      "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"a\":1}",
      "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
      "HTTP/1.1 200 X\r\nContent-Le",
      absl::StrCat("HTTP/1.1 200 X\r\nContent-Length: 1001\r\n\r\n", std::string(1001, ' ')),
      absl::StrCat("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n",
                   std::string(1001, ' '), "\r\n0\r\n\r\n"),
      absl::StrCat("HTTP/1.1 200 X\r\nX-A: ", std::string(2000, 'a'),
                   "\r\nContent-Length: 2\r\n\r\n{}"),
      "nonsense\r\n\r\n"};
  HttpsLimits limits;
  limits.max_answer_size = 1000;
  limits.max_answer_header_size = 1000;
  StartLoop(limits);
  for (const std::string& answer : answers) {
    TlsServer server(ca_, [&](const TlsServer::Request&) {
      return TlsServer::Reply{answer, After::kClose};
    });
    const HttpsResult result = Post(CallTo(server));
    EXPECT_TRUE(result.may_have_arrived) << answer.substr(0, 60);
    EXPECT_THAT(result.error, StatusIs(absl::StatusCode::kUnavailable)) << answer.substr(0, 60);
    EXPECT_TRUE(result.body.empty());
    EXPECT_EQ(server.request_count(), 1);
  }
}

TEST_F(HttpsTransferTest, HeadersThatAreWantedComeBackWithTheAnswer) {
  const std::string headers = "X-Sign: abc\r\nX-Other: 1\r\nx-nonce: n\r\nX-Sign: abd\r\n";
  int status = 200;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    return TlsServer::Reply{absl::StrCat("HTTP/1.1 103 X\r\nX-Sign: early\r\n\r\nHTTP/1.1 ", status,
                                         " X\r\n", headers, "Content-Length: 2\r\n\r\n{}")};
  });
  StartLoop();
  HttpsCall call = CallTo(server);
  call.answer_headers = {"x-sign", "X-Nonce"};
  EXPECT_EQ(Post(std::move(call)).headers,
            (MessageHeaders{{"X-Sign", "abc"}, {"x-nonce", "n"}, {"X-Sign", "abd"}}));
  EXPECT_TRUE(Post(CallTo(server)).headers.empty());
  status = 400;
  call = CallTo(server);
  call.answer_headers = {"x-sign", "X-Nonce"};
  EXPECT_TRUE(Post(std::move(call)).headers.empty());
}

// What follows a chunked answer is part of it.
TEST_F(HttpsTransferTest, TrailersAreTaken) {
  TlsServer server(ca_, [](const TlsServer::Request&) {
    return TlsServer::Reply{
        "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
        "7\r\n{\"a\":1}\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n"};
  });
  StartLoop();
  HttpsCall call = CallTo(server);
  call.answer_headers = {"X-Sum"};
  const HttpsResult result = Post(std::move(call));
  EXPECT_TRUE(result.headers.empty());  // they prove nothing
  EXPECT_THAT(result.error, IsOk());
  EXPECT_EQ(result.http_status, 200);
  EXPECT_EQ(result.body.size(), 7u);
}

// An answer that stands on a kept connection before its request was sent is nobody's: the next
// payment must not take it for its own.
TEST_F(HttpsTransferTest, AnswersThatComeUnaskedAreNobodys) {
  for (const bool at_once : {true, false}) {
    TlsServer server(ca_, [&](const TlsServer::Request& request) {
      const std::string own = HttpAnswer(200, request.path);
      if (request.path != "/first") return TlsServer::Reply{own};
      const std::string unasked = HttpAnswer(200, "/forged/answer");
      return TlsServer::Reply{at_once ? own + unasked : own, After::kKeep, at_once ? "" : unasked};
    });
    StartLoop();
    const HttpsResult first = Post(CallTo(server, "/first"));
    EXPECT_THAT(first.error, IsOk());
    absl::SleepFor(absl::Milliseconds(200));
    const HttpsResult second = Post(CallTo(server, "/second"));
    EXPECT_THAT(second.error, IsOk());
    EXPECT_EQ(second.body.size(), std::string("/second").size()) << at_once;
    EXPECT_EQ(server.request_count(), 2);
    EXPECT_EQ(server.connection_count(), 2);
    // The new one is kept and used in turn.
    for (int i = 0; i < 5; ++i) EXPECT_THAT(Post(CallTo(server, "/later")).error, IsOk());
    EXPECT_EQ(server.connection_count(), 2);
  }
}

// What is kept and clean is used.
TEST_F(HttpsTransferTest, CleanConnectionsAreUsedAgain) {
  TlsServer server(ca_, Answering(200, "{}"));
  StartLoop();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Post(CallTo(server)).error, IsOk());
  EXPECT_EQ(server.request_count(), 20);
  EXPECT_EQ(server.connection_count(), 1);
}

}  // namespace
}  // namespace cardvault
