#include "cli/secret_input.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"

namespace cardvault::cli {
namespace {

// One byte a read: what follows the line belongs to the next reader of the descriptor.
std::optional<SecretBytes> ReadLine(int fd) {
  SecretBuffer line;
  for (;;) {
    char c = 0;
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0 || c == '\n') break;
    if (c == '\r') continue;
    if (line.size() == kMaxSecretLine) return std::nullopt;
    line.Append(c);
  }
  if (line.size() == 0) return std::nullopt;
  return line.Release();
}

// The terminal's echo, off for as long as this lives.
class NoEcho final {
 public:
  explicit NoEcho(int terminal) : terminal_(terminal) {
    good_ = tcgetattr(terminal_, &before_) == 0;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    good_ = good_ && tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  ~NoEcho() {
    if (good_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  bool good() const { return good_; }

 private:
  const int terminal_;
  termios before_{};
  bool good_ = false;
};

void Say(int terminal, const std::string& text) {
  if (write(terminal, text.data(), text.size()) < 0) return;  // a prompt that cannot be shown
}

}  // namespace

std::optional<SecretBytes> ReadSecretLine(int fd, const char* prompt) {
  if (fd >= 0) return ReadLine(fd);
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return std::nullopt;
  std::optional<SecretBytes> line;
  {
    NoEcho quiet(terminal);
    if (quiet.good()) {
      Say(terminal, prompt);
      line = ReadLine(terminal);
      Say(terminal, "\n");
    }
  }
  close(terminal);
  return line;
}

SecretField::SecretField(std::string* field, const SecretBytes& secret) : field_(field) {
  const absl::string_view bytes = SecretBytesAccess::View(secret);
  field_->assign(bytes.data(), bytes.size());
}

SecretField::~SecretField() { OPENSSL_cleanse(field_->data(), field_->size()); }

}  // namespace cardvault::cli
