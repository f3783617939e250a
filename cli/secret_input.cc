#include "cli/secret_input.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"

namespace cardvault::cli {
namespace {

constexpr size_t kReadBlock = 4096;

// One byte a read: what follows the line belongs to the next reader of the descriptor.
std::optional<SecretBytes> ReadLine(int fd, std::string& problem) {
  SecretBuffer line;
  for (;;) {
    char c = 0;
    const ssize_t got = read(fd, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      problem = absl::StrCat("cannot be read: ", strerror(errno));
      return std::nullopt;
    }
    if (got == 0 || c == '\n') break;
    if (c == '\r') continue;
    if (line.size() == kMaxSecretLine) {
      problem =
          absl::StrCat("a line longer than ", kMaxSecretLine, " bytes: is it the right file?");
      return std::nullopt;
    }
    line.Append(c);
  }
  if (line.size() == 0) {
    problem = "nothing was read";
    return std::nullopt;
  }
  return line.Release();
}

// What is wrong with it, or "".
std::string ReadAll(int fd, SecretBuffer& bytes) {
  SecretBytes block = SecretBytes::Zeros(kReadBlock);
  const absl::Span<char> into = SecretBytesAccess::Mutable(block);
  for (;;) {
    const ssize_t got = read(fd, into.data(), into.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::StrCat("cannot be read: ", strerror(errno));
    if (got == 0) break;
    if (bytes.size() + static_cast<size_t>(got) > kMaxSecretFile) {
      return absl::StrCat("longer than ", kMaxSecretFile, " bytes: is it the right file?");
    }
    bytes.Append(absl::string_view(into.data(), static_cast<size_t>(got)));
  }
  return bytes.size() == 0 ? "is empty" : "";
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

std::string Told(const SecretSource& source, const std::string& problem) {
  return absl::StrCat(source.name, ": ", problem,
                      "; type it on a terminal, or give a descriptor: ", source.option,
                      " 3 3<FILE");
}

}  // namespace

std::string SourceMistake(const SecretSource& source) {
  if (source.fd < 0 || fcntl(source.fd, F_GETFD) >= 0) return "";
  return Told(source, "the descriptor is not open");
}

std::optional<SecretBytes> ReadSecretLine(const SecretSource& source, std::string& mistake) {
  std::string problem;
  std::optional<SecretBytes> line;
  if (source.fd >= 0) {
    line = ReadLine(source.fd, problem);
    if (!line.has_value()) mistake = Told(source, problem);
    return line;
  }
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) {
    mistake = Told(source, "there is no terminal to ask on");
    return std::nullopt;
  }
  {
    NoEcho quiet(terminal);
    if (quiet.good()) {
      Say(terminal, absl::StrCat(source.name, ": "));
      line = ReadLine(terminal, problem);
      Say(terminal, "\n");
    } else {
      problem = "the terminal's echo cannot be turned off";
    }
  }
  close(terminal);
  if (!line.has_value()) mistake = Told(source, problem);
  return line;
}

std::optional<SecretBytes> ReadSecretFile(const std::string& path, std::string& mistake) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  struct stat about {};
  if (fd < 0 || fstat(fd, &about) != 0) {
    mistake = absl::StrCat(path, ": cannot be read: ", strerror(errno));
    if (fd >= 0) close(fd);
    return std::nullopt;
  }
  SecretBuffer bytes;
  if (!S_ISREG(about.st_mode)) {
    mistake = absl::StrCat(path, ": is not a file");
  } else if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    mistake = absl::StrCat(path, ": others can read it; chmod 600 it");
  } else {
    mistake = ReadAll(fd, bytes);
    if (!mistake.empty()) mistake = absl::StrCat(path, ": ", mistake);
  }
  close(fd);
  if (!mistake.empty()) return std::nullopt;
  return bytes.Release();
}

void CleanseText(std::string& text) { OPENSSL_cleanse(text.data(), text.capacity()); }

SecretField::SecretField(std::string* field, const SecretBytes& secret) : field_(field) {
  const absl::string_view bytes = SecretBytesAccess::View(secret);
  field_->assign(bytes.data(), bytes.size());
}

SecretField::~SecretField() { OPENSSL_cleanse(field_->data(), field_->size()); }

}  // namespace cardvault::cli
