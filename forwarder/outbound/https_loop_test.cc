#include "forwarder/outbound/https_loop.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
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

class HttpsLoopTest : public HttpsFixture {};

TEST_F(HttpsLoopTest, PostsTheseBytesAndNothingElse) {
  TlsServer server(ca_, Answering(200, R"({"ok":1})"));
  StartLoop();
  HttpsCall call = CallTo(server, "/v1/../pay");
  call.build = [] {
    return HttpsMessage{{{"Content-Type", "application/json"}, {"X-Empty", ""}},
                        SecretBytes::CopyOf(R"({"a":1})")};
  };
  const HttpsResult result = Post(std::move(call));
  EXPECT_THAT(result.error, IsOk());
  EXPECT_TRUE(result.may_have_arrived);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_EQ(SecretBytesAccess::View(result.body), R"({"ok":1})");
  ASSERT_EQ(server.request_count(), 1);
  const TlsServer::Request request = server.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/v1/../pay");
  EXPECT_EQ(request.body, R"({"a":1})");
  const std::map<std::string, std::string> expected = {
      {"host", absl::StrCat("127.0.0.1:", server.port())},
      {"user-agent", "cardvault"},
      {"accept", "*/*"},
      {"content-type", "application/json"},
      {"content-length", "7"},
      {"x-empty", ""}};
  EXPECT_EQ(request.headers, expected);  // no Expect among them
}

TEST_F(HttpsLoopTest, LargeBodiesAndAnswersComeWhole) {
  const std::string large(200 * 1024, 'x');
  TlsServer server(ca_, Answering(200, large));
  StartLoop();
  HttpsCall call = CallTo(server);
  call.build = [&] { return HttpsMessage{{}, SecretBytes::CopyOf(large)}; };
  const HttpsResult result = Post(std::move(call));
  EXPECT_THAT(result.error, IsOk());
  EXPECT_EQ(SecretBytesAccess::View(result.body), large);
  ASSERT_EQ(server.request_count(), 1);
  EXPECT_EQ(server.requests()[0].body, large);
}

TEST_F(HttpsLoopTest, KeepsConnectionsForTheNextCall) {
  TlsServer server(ca_, Answering(200, "{}"));
  StartLoop();
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Post(CallTo(server)).error, IsOk());
  EXPECT_EQ(server.request_count(), 5);
  EXPECT_EQ(server.connection_count(), 1);
}

TEST_F(HttpsLoopTest, NoAnswerInTimeMayHaveArrived) {
  absl::Notification go_on;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    go_on.WaitForNotification();
    return TlsServer::Reply{"", After::kClose};
  });
  StartLoop();
  HttpsCall call = CallTo(server);
  call.transport.total_timeout = absl::Milliseconds(300);
  const HttpsResult result = Post(std::move(call));
  go_on.Notify();
  EXPECT_TRUE(result.may_have_arrived);
  EXPECT_THAT(result.error, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(HttpsLoopTest, NoHandshakeInTimeWasNotSent) {
  absl::Notification go_on;
  TlsServer::Options options;
  options.before_handshake = [&] { go_on.WaitForNotification(); };
  TlsServer server(ca_, Answering(200, "{}"), options);
  StartLoop();
  HttpsCall call = CallTo(server);
  call.transport.connect_timeout = absl::Milliseconds(200);
  const HttpsResult result = Post(std::move(call));
  go_on.Notify();
  EXPECT_FALSE(result.may_have_arrived);
  EXPECT_THAT(result.error, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.request_count(), 0);
}

TEST_F(HttpsLoopTest, BodyIsGoneWhileTheAnswerIsAwaited) {
  absl::Notification go_on;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    go_on.WaitForNotification();
    return TlsServer::Reply{HttpAnswer(200, "{}")};
  });
  StartLoop();
  absl::Notification body_gone;
  absl::Notification done;
  HttpsCall call = CallTo(server);
  call.on_body_gone = [&] { body_gone.Notify(); };
  call.done = [&](HttpsResult) { done.Notify(); };
  loop_->Submit(std::move(call));
  EXPECT_TRUE(body_gone.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_FALSE(done.HasBeenNotified());
  go_on.Notify();
  done.WaitForNotification();
}

TEST_F(HttpsLoopTest, ManySlowCallsGoOnAtOnce) {
  constexpr int kCalls = 200;
  absl::BlockingCounter arrived(kCalls);
  absl::Notification go_on;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    arrived.DecrementCount();
    go_on.WaitForNotification();
    return TlsServer::Reply{HttpAnswer(200, "{}")};
  });
  StartLoop();
  absl::BlockingCounter done(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    HttpsCall call = CallTo(server);
    call.done = [&](HttpsResult result) {
      EXPECT_THAT(result.error, IsOk());
      done.DecrementCount();
    };
    loop_->Submit(std::move(call));
  }
  arrived.Wait();  // all of them are held at this moment
  TlsServer quick(ca_, Answering(200, "{}"));
  EXPECT_THAT(Post(CallTo(quick)).error, IsOk());
  go_on.Notify();
  done.Wait();
  EXPECT_EQ(server.request_count(), kCalls);
}

TEST_F(HttpsLoopTest, OneTooManyIsRefusedUnbuilt) {
  absl::Notification go_on;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    go_on.WaitForNotification();
    return TlsServer::Reply{HttpAnswer(200, "{}")};
  });
  HttpsLimits limits;
  limits.max_transfers = 2;
  StartLoop(limits);
  absl::BlockingCounter done(2);
  for (int i = 0; i < 2; ++i) {
    HttpsCall call = CallTo(server);
    call.done = [&](HttpsResult result) {
      EXPECT_THAT(result.error, IsOk());
      done.DecrementCount();
    };
    loop_->Submit(std::move(call));
  }
  HttpsCall third = CallTo(server);
  third.build = []() -> absl::StatusOr<HttpsMessage> {
    ADD_FAILURE();
    return HttpsMessage();
  };
  const HttpsResult refused = Post(std::move(third));
  EXPECT_FALSE(refused.may_have_arrived);
  EXPECT_THAT(refused.error, StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  go_on.Notify();
  done.Wait();
  EXPECT_THAT(Post(CallTo(server)).error, IsOk());
}

TEST_F(HttpsLoopTest, StopEndsWhatDoesNotEndInTime) {
  absl::Notification go_on;
  absl::Notification arrived;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    arrived.Notify();
    go_on.WaitForNotification();
    return TlsServer::Reply{"", After::kClose};
  });
  absl::Notification shake_hands;
  TlsServer::Options options;
  options.before_handshake = [&] { shake_hands.WaitForNotification(); };
  TlsServer mute(ca_, Answering(200, "{}"), options);
  StartLoop();
  HttpsResult sent;
  HttpsResult unsent;
  HttpsCall call = CallTo(server);
  call.done = [&](HttpsResult result) { sent = std::move(result); };
  loop_->Submit(std::move(call));
  call = CallTo(mute);
  call.done = [&](HttpsResult result) { unsent = std::move(result); };
  loop_->Submit(std::move(call));
  arrived.WaitForNotification();
  loop_->Stop(absl::Milliseconds(100));
  go_on.Notify();
  shake_hands.Notify();
  EXPECT_TRUE(sent.may_have_arrived);
  EXPECT_THAT(sent.error, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  EXPECT_FALSE(unsent.may_have_arrived);
  EXPECT_THAT(unsent.error, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  // And takes nothing any more.
  const HttpsResult late = Post(CallTo(server));
  EXPECT_FALSE(late.may_have_arrived);
  EXPECT_THAT(late.error, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  loop_->Stop(absl::ZeroDuration());
}

TEST_F(HttpsLoopTest, StopWaitsForWhatEndsInTime) {
  absl::Notification arrived;
  TlsServer server(ca_, [&](const TlsServer::Request&) {
    arrived.Notify();
    absl::SleepFor(absl::Milliseconds(200));
    return TlsServer::Reply{HttpAnswer(200, "{}")};
  });
  StartLoop();
  HttpsResult result;
  HttpsCall call = CallTo(server);
  call.done = [&](HttpsResult done) { result = std::move(done); };
  loop_->Submit(std::move(call));
  arrived.WaitForNotification();
  loop_->Stop(absl::Seconds(20));
  EXPECT_THAT(result.error, IsOk());
  EXPECT_EQ(result.http_status, 200);
}

}  // namespace
}  // namespace cardvault
