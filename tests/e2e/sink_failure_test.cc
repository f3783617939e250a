// A7: a place outside that takes no checkpoints. A required one stops what must be logged, from
// the next call on where it can be seen, and within the interval and the deadline where it hangs;
// when it is mended service returns without a restart.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "audit/action.h"
#include "tests/e2e/log_failure_fixture.h"
#include "tests/testing/child_process.h"
#include "tests/testing/private_mounts.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kUnavailable[] = "AUDIT_UNAVAILABLE";
// A checkpoint each second, two seconds for a sink to take it (Checkpointer, SinkWriter), and what
// a machine that has other things to do takes besides.
constexpr absl::Duration kNoticedWithin = absl::Seconds(1 + 2 + 3);

class SinkFailureTest : public LogFailureTest {
 protected:
  static void SetUpTestSuite() { EnterPrivateMounts(); }

  void Begin(const std::string& more_sinks = "", const std::string& sink = "checkpoints") {
    Configure(more_sinks, sink);
    StartServer();
    ASSERT_EQ(Tokenize(), "");
  }

  // The required sink has been written to.
  void AwaitNote() {
    ASSERT_TRUE(Eventually([&] { return !ReadWholeFile(sink_).empty(); }));
    ASSERT_TRUE(Eventually([&] { return ShowsServing(); }));
    ASSERT_TRUE(Eventually([&] { return Metric("cardvault_audit_unsigned_entries") == "0"; }));
  }

  void ExpectRefusing() {
    EXPECT_EQ(Tokenize(), kUnavailable);
    EXPECT_TRUE(Eventually([&] { return ShowsFailing(); }));
    EXPECT_TRUE(
        Eventually([&] { return Metric("cardvault_audit_sink_failing{sink=\"file 1\"}") == "1"; }));
    EXPECT_EQ(Delete(tokens_.front()), "");
  }

  void ExpectHealed(const std::string& sink = "file 1") {
    EXPECT_TRUE(Eventually([&] { return Tokenize().empty(); }));
    EXPECT_TRUE(Eventually([&] {
      return ShowsServing() && Metric("cardvault_audit_sink_failing{sink=\"" + sink + "\"}") == "0";
    }));
    ExpectNothingLost();
  }

  const std::string sink_ = File("checkpoints");
};

TEST_F(SinkFailureTest, AFileWithoutTheRightToWrite) {
  Begin();
  AwaitNote();
  ASSERT_EQ(chmod(sink_.c_str(), 0400), 0);
  ExpectRefusing();
  ASSERT_EQ(chmod(sink_.c_str(), 0600), 0);
  ExpectHealed();
}

TEST_F(SinkFailureTest, AFileOnAVolumeThatIsReadOnly) {
  const std::string denied = EnterPrivateMounts();
  if (!denied.empty()) GTEST_SKIP() << "NOT TESTED: " << denied;
  Begin();
  AwaitNote();
  {
    const ReadOnlyFile read_only(sink_);
    ExpectRefusing();
  }
  ExpectHealed();
}

TEST_F(SinkFailureTest, AFileThatSomethingElseWasPutInThePlaceOf) {
  Begin();
  AwaitNote();
  const std::string other = File("other");
  WriteWholeFile(other, "a file of somebody else's\n");
  fs::rename(other, sink_);
  ExpectRefusing();
  EXPECT_EQ(ReadWholeFile(sink_), "a file of somebody else's\n");
  WriteWholeFile(other, "");
  fs::rename(other, sink_);
  ExpectHealed();
  EXPECT_FALSE(ReadWholeFile(sink_).empty());
}

// Whatever heals by itself before anybody looks has left entries.
TEST_F(SinkFailureTest, AFileThatWasCutIsInTheLogThoughTheNextNoteMendsIt) {
  Begin();
  AwaitNote();
  ASSERT_EQ(truncate(sink_.c_str(), 0), 0);
  EXPECT_TRUE(Eventually([&] { return Tokenize().empty(); }));
  EXPECT_TRUE(
      Eventually([&] { return absl::StrContains(vault_.output(), "\"event\":\"audit.sink\""); }));
  ExpectHealed();
  EXPECT_GE(CountAtEnd(AuditAction::kCheckpointsFailed), 1);
  EXPECT_EQ(CountAtEnd(AuditAction::kCheckpointsFailed),
            CountAtEnd(AuditAction::kCheckpointsResumed));
}

TEST_F(SinkFailureTest, AFullVolume) {
  const std::string denied = EnterPrivateMounts();
  if (!denied.empty()) GTEST_SKIP() << "NOT TESTED: " << denied;
  fs::create_directory(File("outside"));
  MemoryVolume volume(File("outside"), size_t{1} << 20);
  Begin("", "outside/checkpoints");
  ASSERT_TRUE(Eventually([&] { return !ReadWholeFile(File("outside/checkpoints")).empty(); }));
  volume.FillBut(0);
  // The file's last page has room for some notes.
  EXPECT_TRUE(Eventually([&] { return Tokenize() == kUnavailable; }));
  EXPECT_TRUE(Eventually([&] { return ShowsFailing(); }));
  volume.Empty();
  ExpectHealed();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
}

// Nobody reads the pipe any more, and it is full: writing hangs.
TEST_F(SinkFailureTest, APipeWhoseReaderStops) {
  const std::string pipe = File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int end = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(end, 0);
  Begin("", "pipe");
  ASSERT_TRUE(Eventually([&] { return Metric("cardvault_audit_unsigned_entries") == "0"; }));
  const auto has_note = [&] {
    char byte = 0;
    return read(end, &byte, 1) == 1;
  };
  ASSERT_TRUE(Eventually(has_note));
  const std::string junk(4096, '\n');
  while (write(end, junk.data(), junk.size()) > 0) continue;
  while (write(end, junk.data(), 1) > 0) continue;

  const absl::Time full = absl::Now();
  EXPECT_TRUE(Eventually([&] { return Tokenize() == kUnavailable; }));
  EXPECT_TRUE(Eventually([&] { return Metric("cardvault_audit_failing") == "1"; }));
  EXPECT_LT(absl::Now() - full, kNoticedWithin);
  EXPECT_TRUE(Eventually([&] { return ShowsFailing(); }));
  EXPECT_EQ(Delete(tokens_.front()), "");

  std::string drained(junk.size(), '\0');
  EXPECT_TRUE(Eventually([&] {
    while (read(end, drained.data(), drained.size()) > 0) continue;
    return Tokenize().empty();
  }));
  ExpectHealed();
  ASSERT_EQ(vault_.Stop(), 0) << vault_.output();
  close(end);
}

TEST_F(SinkFailureTest, OneThatIsNotRequiredOnlyWarns) {
  Begin("    - {file: second, required: false}\n");
  AwaitNote();
  ASSERT_TRUE(Eventually([&] { return !ReadWholeFile(File("second")).empty(); }));
  const int warnings = Status().warnings_size();
  fs::remove(File("second"));
  EXPECT_EQ(Tokenize(), "");
  EXPECT_TRUE(
      Eventually([&] { return Metric("cardvault_audit_sink_failing{sink=\"file 2\"}") == "1"; }));
  EXPECT_EQ(Tokenize(), "");
  EXPECT_TRUE(ShowsServing());
  EXPECT_EQ(Status().warnings_size(), warnings + 1);
  WriteWholeFile(File("second"), "");
  ExpectHealed("file 2");
  EXPECT_EQ(Status().warnings_size(), warnings);
}

// A daemon for as long as it lives: takes what comes to its socket, whose queue is short.
class Syslog final {
 public:
  explicit Syslog(const std::string& path) : path_(path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    is_bound_ = path.size() < sizeof address.sun_path;
    if (!is_bound_) return;
    std::memcpy(address.sun_path, path.data(), path.size());
    is_bound_ = bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    thread_ = std::thread([this] { Take(); });
  }
  ~Syslog() {
    unlink(path_.c_str());
    shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(fd_);
  }
  bool is_bound() const { return is_bound_; }
  int checkpoint_count() const { return checkpoint_count_; }

 private:
  void Take() {
    std::string message(4096, '\0');
    for (;;) {
      const ssize_t size = recv(fd_, message.data(), message.size(), 0);
      if (size <= 0) return;
      const absl::string_view taken = absl::string_view(message).substr(0, size);
      if (absl::StrContains(taken, "cardvault-checkpoint: cardvault/")) ++checkpoint_count_;
    }
  }

  const std::string path_;
  const int fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool is_bound_ = false;
  std::atomic<int> checkpoint_count_ = 0;
  std::thread thread_;
};

TEST_F(SinkFailureTest, ASyslogWhoseSocketGoesAwayAndReturns) {
  // The path of a socket has 107 bytes at most, which the directory of a test may exceed.
  std::string directory = "/tmp/cardvault-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/log";
  auto syslog = std::make_unique<Syslog>(path);
  ASSERT_TRUE(syslog->is_bound());
  Begin("    - {syslog: " + path + "}\n");
  AwaitNote();
  ASSERT_TRUE(Eventually([&] { return syslog->checkpoint_count() > 0; }));
  syslog.reset();
  EXPECT_EQ(Tokenize(), kUnavailable);
  EXPECT_TRUE(Eventually([&] { return ShowsFailing(); }));
  EXPECT_EQ(Delete(tokens_.front()), "");
  syslog = std::make_unique<Syslog>(path);
  ASSERT_TRUE(syslog->is_bound());
  ExpectHealed("syslog 2");
  EXPECT_TRUE(Eventually([&] { return syslog->checkpoint_count() > 0; }));
  EXPECT_GE(CountAtEnd(AuditAction::kCheckpointsFailed), 1);
  EXPECT_EQ(CountAtEnd(AuditAction::kCheckpointsFailed),
            CountAtEnd(AuditAction::kCheckpointsResumed));
  syslog.reset();
  fs::remove(directory);
}

}  // namespace
}  // namespace cardvault::testing
