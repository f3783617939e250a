#include "audit/sink/syslog_sink.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

// local0 (16) and notice (5), RFC 5424, section 6.2.1.
constexpr int kPriority = 16 * 8 + 5;

absl::Status NotThere() {
  return Unavailable(ErrorReason::kAuditUnavailable,
                     "syslog takes no checkpoint: start its daemon, or correct the socket's path");
}

}  // namespace

SyslogSink::SyslogSink(std::string socket_path) : socket_path_(std::move(socket_path)) {}

SyslogSink::~SyslogSink() {
  if (fd_ >= 0) close(fd_);
}

absl::Status SyslogSink::Connect() {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof(address.sun_path)) return NotThere();
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return NotThere();
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return NotThere();
  }
  fd_ = fd;
  return absl::OkStatus();
}

absl::Status SyslogSink::Append(absl::string_view note) {
  const std::string message = absl::StrCat(
      "<", kPriority, ">cardvault-checkpoint: ", absl::StrReplaceAll(note, {{"\n", "\\n"}}));
  // The second time on a new connection: the daemon may have been started again.
  for (int tries = 0; tries < 2; ++tries) {
    if (fd_ < 0) RETURN_IF_ERROR(Connect());
    if (send(fd_, message.data(), message.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(message.size())) {
      return absl::OkStatus();
    }
    close(fd_);
    fd_ = -1;
  }
  return NotThere();
}

absl::Status SyslogSink::Probe() {
  struct stat found = {};
  if (stat(socket_path_.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return NotThere();
  return absl::OkStatus();
}

}  // namespace cardvault
