#ifndef CARDVAULT_FORWARDER_OUTBOUND_TESTING_HTTPS_FIXTURE_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TESTING_HTTPS_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/secret_bytes.h"
#include "base/testing/fake_clock.h"
#include "forwarder/outbound/https_call.h"
#include "forwarder/outbound/https_limits.h"
#include "forwarder/outbound/https_loop.h"
#include "forwarder/outbound/testing/throwaway_ca.h"
#include "forwarder/outbound/testing/tls_server.h"
#include "gtest/gtest.h"
#include "tests/testing/temp_dir.h"

namespace cardvault {

// A loop and what it takes to call TlsServers with it.
class HttpsFixture : public ::testing::Test {
 protected:
  HttpsFixture() { ca_.WriteTo(ca_file_); }

  void StartLoop(HttpsLimits limits = HttpsLimits()) {
    loop_.reset();
    auto started = HttpsLoop::Start(clock_, limits);
    ASSERT_TRUE(started.ok());
    loop_ = *std::move(started);
  }

  // A call that ought to succeed; `done` is for the test to set, or for Post.
  HttpsCall CallTo(const TlsServer& server, const std::string& path = "/pay",
                   const std::string& host = "127.0.0.1") const {
    HttpsCall call;
    call.transport.ca_file = ca_file_;
    call.transport.allow_private_addresses = true;
    call.transport.total_timeout = absl::Seconds(60);
    call.transport.connect_timeout = absl::Seconds(30);
    call.url = absl::StrCat("https://", host, ":", server.port(), path);
    call.build = [] { return HttpsMessage{{}, SecretBytes::CopyOf("{\"amount\":1500}")}; };
    return call;
  }

  // Submits it and waits for its end.
  HttpsResult Post(HttpsCall call) {
    HttpsResult result;
    absl::Notification done;
    call.done = [&](HttpsResult ended) {
      result = std::move(ended);
      done.Notify();
    };
    loop_->Submit(std::move(call));
    done.WaitForNotification();
    return result;
  }

  TempDir directory_;
  const std::string ca_file_ = directory_.File("ca.pem");
  ThrowawayCa ca_;
  FakeClock clock_;
  std::unique_ptr<HttpsLoop> loop_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TESTING_HTTPS_FIXTURE_H_
