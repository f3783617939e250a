// Where calls may go and whom they trust: names, addresses, certificates, the environment. // F1

#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "forwarder/outbound/https_loop.h"
#include "forwarder/outbound/testing/https_fixture.h"
#include "forwarder/outbound/testing/throwaway_ca.h"
#include "forwarder/outbound/testing/tls_server.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

// What rebinding.test is at the moment.
static std::atomic<const char*> rebinding_address = "127.0.0.1";

// Stands before the C library's, also for libcurl: gateway.test and slow.test, which takes two
// seconds, are 127.0.0.1; metadata.test is link-local; both.test is first the one, then the other;
// nowhere.test is unknown.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  static const auto real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const absl::string_view name = node == nullptr ? "" : node;
  if (name == "nowhere.test") return EAI_NONAME;
  if (name == "slow.test") absl::SleepFor(absl::Seconds(2));
  if (name == "gateway.test" || name == "slow.test") node = "127.0.0.1";
  if (name == "metadata.test") node = "169.254.169.254";
  if (name == "rebinding.test") node = rebinding_address;
  if (name == "both.test") {
    const int error = real("169.254.169.254", service, hints, result);
    return error != 0 ? error : real("127.0.0.1", service, hints, &(*result)->ai_next);
  }
  return real(node, service, hints, result);
}

namespace cardvault {
namespace {

TlsServer::Handler Answering() {
  return [](const TlsServer::Request&) { return TlsServer::Reply{HttpAnswer(200, "{}")}; };
}

class HttpsEgressTest : public HttpsFixture {
 protected:
  void ExpectNotSent(HttpsCall call, absl::StatusCode code) {
    const HttpsResult result = Post(std::move(call));
    EXPECT_FALSE(result.may_have_arrived);
    EXPECT_THAT(result.error, StatusIs(code));
  }
};

TEST_F(HttpsEgressTest, NamesAndAddressesOfPrivateNetworksAreRefused) {
  TlsServer server(ca_, Answering());
  StartLoop();
  for (const char* const host : {"127.0.0.1", "localhost", "gateway.test", "[::ffff:127.0.0.1]"}) {
    HttpsCall call = CallTo(server, "/pay", host);
    call.transport.allow_private_addresses = false;
    ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(server.connection_count(), 0);
}

TEST_F(HttpsEgressTest, RoutesMayAllowPrivateNetworksButNoLinkLocalOnes) {
  TlsServer server(ca_, Answering());
  StartLoop();
  for (const char* const host : {"127.0.0.1", "localhost", "gateway.test"}) {
    EXPECT_THAT(Post(CallTo(server, "/pay", host)).error, IsOk()) << host;
  }
  for (const char* const host : {"metadata.test", "169.254.169.254", "0.0.0.0"}) {
    ExpectNotSent(CallTo(server, "/pay", host), absl::StatusCode::kFailedPrecondition);
  }
}

// The address is judged where it is connected to, whatever the name was when it was looked at.
TEST_F(HttpsEgressTest, NameThatIsReboundGainsNothing) {
  TlsServer::Options options;
  options.names = {"DNS:rebinding.test"};
  TlsServer server(ca_, Answering(), options);
  for (const bool allow_private : {true, false}) {
    const auto call = [&] {
      HttpsCall made = CallTo(server, "/pay", "rebinding.test");
      made.transport.allow_private_addresses = allow_private;
      return made;
    };
    StartLoop();
    rebinding_address = allow_private ? "127.0.0.1" : "169.254.169.254";
    if (allow_private) {
      EXPECT_THAT(Post(call()).error, IsOk());
    } else {
      ExpectNotSent(call(), absl::StatusCode::kFailedPrecondition);
    }
    rebinding_address = allow_private ? "169.254.169.254" : "127.0.0.1";
    StartLoop();  // one that remembers neither connections nor names
    ExpectNotSent(call(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(server.request_count(), 1);
  EXPECT_EQ(server.connection_count(), 1);
}

TEST_F(HttpsEgressTest, OfSeveralAddressesTheAllowedOneIsTaken) {
  TlsServer::Options options;
  options.names = {"DNS:both.test"};
  TlsServer server(ca_, Answering(), options);
  StartLoop();
  EXPECT_THAT(Post(CallTo(server, "/pay", "both.test")).error, IsOk());
  HttpsCall call = CallTo(server, "/pay", "both.test");
  call.transport.allow_private_addresses = false;
  ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(HttpsEgressTest, KeptConnectionOfARouteThatMayIsNotForOneThatMayNot) {
  TlsServer server(ca_, Answering());
  StartLoop();
  ASSERT_THAT(Post(CallTo(server)).error, IsOk());
  HttpsCall call = CallTo(server);
  call.transport.allow_private_addresses = false;
  ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(HttpsEgressTest, WhatCannotBeReachedWasNotSent) {
  auto server = std::make_unique<TlsServer>(ca_, Answering());
  StartLoop();
  ExpectNotSent(CallTo(*server, "/pay", "nowhere.test"), absl::StatusCode::kUnavailable);
  HttpsCall call = CallTo(*server);
  server.reset();  // its port is free now
  ExpectNotSent(std::move(call), absl::StatusCode::kUnavailable);
}

TEST_F(HttpsEgressTest, SlowResolverStopsNobodyElse) {
  TlsServer server(ca_, Answering());
  StartLoop();
  absl::BlockingCounter slow(3);
  for (int i = 0; i < 3; ++i) {
    HttpsCall call = CallTo(server, "/pay", "slow.test");
    call.transport.connect_timeout = absl::Milliseconds(100);
    call.done = [&](HttpsResult result) {
      EXPECT_FALSE(result.may_have_arrived);
      slow.DecrementCount();
    };
    loop_->Submit(std::move(call));
  }
  const absl::Time begin = absl::Now();
  slow.Wait();
  EXPECT_THAT(Post(CallTo(server)).error, IsOk());
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1.5));  // while the resolver still sleeps
  absl::SleepFor(absl::Seconds(2.5));                  // its threads end inside the test
}

TEST_F(HttpsEgressTest, ForeignCertificatesAreNotTrusted) {
  const ThrowawayCa other;
  TlsServer server(other, Answering());
  StartLoop();
  ExpectNotSent(CallTo(server), absl::StatusCode::kFailedPrecondition);
  HttpsCall call = CallTo(server);
  call.transport.ca_file.clear();  // the system's roots
  ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  call = CallTo(server);
  call.transport.ca_file = directory_.File("none.pem");
  ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.request_count(), 0);
}

TEST_F(HttpsEgressTest, CertificateMustNameTheHost) {
  TlsServer::Options options;
  options.names = {"DNS:other.test"};
  TlsServer server(ca_, Answering(), options);
  StartLoop();
  ExpectNotSent(CallTo(server), absl::StatusCode::kFailedPrecondition);
  ExpectNotSent(CallTo(server, "/pay", "gateway.test"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.request_count(), 0);
}

TEST_F(HttpsEgressTest, PinMustFitAlsoOnAKeptConnection) {
  TlsServer server(ca_, Answering());
  TlsServer other(ca_, Answering());
  StartLoop();
  HttpsCall call = CallTo(server);
  call.transport.pinned_public_key = server.pin();
  EXPECT_THAT(Post(std::move(call)).error, IsOk());
  EXPECT_THAT(Post(CallTo(server)).error, IsOk());
  call = CallTo(server);
  call.transport.pinned_public_key = other.pin();
  ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.request_count(), 2);
}

TEST_F(HttpsEgressTest, KeptConnectionIsForOneCaAlone) {
  const ThrowawayCa other;
  const std::string other_file = directory_.File("other.pem");
  other.WriteTo(other_file);
  TlsServer server(ca_, Answering());
  StartLoop();
  ASSERT_THAT(Post(CallTo(server)).error, IsOk());
  HttpsCall call = CallTo(server);
  call.transport.ca_file = other_file;
  ExpectNotSent(std::move(call), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(HttpsEgressTest, OldTlsIsRefused) {  // P1
  TlsServer::Options options;
  options.max_tls_version = TLS1_1_VERSION;
  TlsServer server(ca_, Answering(), options);
  options.max_tls_version = TLS1_2_VERSION;
  TlsServer newer(ca_, Answering(), options);
  StartLoop();
  ExpectNotSent(CallTo(server), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Post(CallTo(newer)).error, IsOk());
}

TEST_F(HttpsEgressTest, PlainHttpIsNotSpoken) {
  TlsServer server(ca_, Answering());
  StartLoop();
  HttpsCall call = CallTo(server);
  call.url = absl::StrCat("http://127.0.0.1:", server.port(), "/pay");
  ExpectNotSent(std::move(call), absl::StatusCode::kInternal);
  EXPECT_EQ(server.connection_count(), 0);
}

TEST_F(HttpsEgressTest, EnvironmentChangesNothing) {
  TlsServer server(ca_, Answering());
  TlsServer proxy(ca_, Answering());
  const std::string proxy_url = absl::StrCat("https://127.0.0.1:", proxy.port());
  for (const char* const name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    setenv(name, proxy_url.c_str(), 1);
  }
  // libcurl reads this one when it is initialised, so it has to be set before; see main.
  StartLoop();
  EXPECT_THAT(Post(CallTo(server)).error, IsOk());
  for (const char* const name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    unsetenv(name);
  }
  EXPECT_EQ(proxy.connection_count(), 0);
  const char* const log = getenv("SSLKEYLOGFILE");
  ASSERT_NE(log, nullptr);
  std::error_code missing;
  const auto size = std::filesystem::file_size(log, missing);
  EXPECT_TRUE(missing || size == 0) << log;
}

}  // namespace
}  // namespace cardvault

int main(int argc, char** argv) {
  const char* const directory = getenv("TEST_TMPDIR");
  const std::string log = absl::StrCat(directory == nullptr ? "/tmp" : directory, "/tls_keys.log");
  std::filesystem::remove(log);
  setenv("SSLKEYLOGFILE", log.c_str(), 1);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
