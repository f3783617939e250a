#include "audit/sink/syslog_sink.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

class SyslogSinkTest : public ::testing::Test {
 protected:
  ~SyslogSinkTest() override { StopDaemon(); }

  void StartDaemon() {
    daemon_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path_.size(), sizeof(address.sun_path));
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ASSERT_EQ(bind(daemon_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }

  void StopDaemon() {
    if (daemon_ >= 0) close(daemon_);
    daemon_ = -1;
    unlink(path_.c_str());
  }

  std::string Received() {
    std::array<char, 4096> bytes;
    const ssize_t size = recv(daemon_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(bytes.data(), static_cast<size_t>(size));
  }

  // Short: a socket's path has 107 bytes.
  const std::string path_ = "/tmp/cardvault-syslog-" + std::to_string(getpid());
  int daemon_ = -1;
};

TEST_F(SyslogSinkTest, ANoteIsOneMessage) {
  StartDaemon();
  SyslogSink sink(path_);
  EXPECT_THAT(sink.Probe(), IsOk());
  ASSERT_THAT(sink.Append("first\nsecond\n"), IsOk());
  EXPECT_EQ(Received(), "<133>cardvault-checkpoint: first\\nsecond\\n");
}

TEST_F(SyslogSinkTest, ADaemonThatIsAwayIsAFailureAndOneThatComesBackIsNot) {
  SyslogSink sink(path_);
  EXPECT_THAT(sink.Probe(),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_THAT(sink.Append("a\n"),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  StartDaemon();
  ASSERT_THAT(sink.Append("b\n"), IsOk());
  EXPECT_EQ(Received(), "<133>cardvault-checkpoint: b\\n");
  StopDaemon();
  EXPECT_THAT(sink.Append("c\n"), StatusIs(absl::StatusCode::kUnavailable));
  StartDaemon();
  EXPECT_THAT(sink.Probe(), IsOk());
  ASSERT_THAT(sink.Append("d\n"), IsOk());
  EXPECT_EQ(Received(), "<133>cardvault-checkpoint: d\\n");
}

}  // namespace
}  // namespace cardvault
