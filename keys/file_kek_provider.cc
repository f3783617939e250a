#include "keys/file_kek_provider.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/gcm_kek_provider.h"
#include "keys/key_material.h"
#include "keys/openssl_error.h"

namespace cardvault {
namespace {

// The file, byte by byte: docs/formats/kek_file.md.
constexpr absl::string_view kMagic = "cardvault kek 1\n";
constexpr size_t kDigestSize = 32;  // SHA-256 over what stands before it
constexpr size_t kDigestOffset = kMagic.size() + kKeySize;
constexpr size_t kFileSize = kDigestOffset + kDigestSize;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kForbiddenMode = 077;  // group and others

// What the KEK's ciphertexts are bound to; which key is in them is bound inside (keyring.md).
constexpr absl::string_view kWrapLabel = "cardvault file kek wrap v1";

absl::Status Digest(absl::string_view bytes, char* out) {
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out), nullptr,
                 EVP_sha256(), nullptr) != 1) {
    return CryptoFailure();
  }
  return absl::OkStatus();
}

// A file descriptor that closes itself.
class Descriptor final {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  const int fd_;
};

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

// False also when the file ends early.
bool ReadAll(int fd, absl::Span<char> out) {
  while (!out.empty()) {
    const ssize_t got = read(fd, out.data(), out.size());
    if (got > 0) {
      out.remove_prefix(static_cast<size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool SyncDirectoryOf(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  const Descriptor fd(
      open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.valid() && fsync(fd.get()) == 0;
}

absl::Status CreateError(int error) {
  switch (error) {
    case EEXIST:
      return AlreadyExists(ErrorReason::kFieldInvalid, "kek_file",
                           "there is something at the path of the KEK file: it is not replaced");
    case ENOENT:
    case ENOTDIR:
      return NotFound(ErrorReason::kNotFound, "the directory of the KEK file does not exist");
    case EACCES:
    case EPERM:
    case EROFS:
      return FailedPrecondition(ErrorReason::kPolicy, "the KEK file may not be written here");
    default:
      return Unavailable(ErrorReason::kInternal, "the KEK file cannot be written");
  }
}

absl::Status OpenError(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return NotFound(ErrorReason::kNotFound, "there is no KEK file");
    case ELOOP:
      return FailedPrecondition(ErrorReason::kPolicy, "the KEK file is a symbolic link");
    case EACCES:
    case EPERM:
      return FailedPrecondition(ErrorReason::kPolicy,
                                "the KEK file may not be read by this process");
    default:
      return Unavailable(ErrorReason::kInternal, "the KEK file cannot be read");
  }
}

}  // namespace

absl::Status CreateKekFile(const std::string& path) {
  SecretBytes content = SecretBytes::Zeros(kFileSize);
  char* const bytes = SecretBytesAccess::Mutable(content).data();
  std::memcpy(bytes, kMagic.data(), kMagic.size());
  FillSecretRandom(bytes + kMagic.size(), kKeySize);
  RETURN_IF_ERROR(Digest(absl::string_view(bytes, kDigestOffset), bytes + kDigestOffset));

  // Whole or not there: written beside its place, then put there by a name that replaces nothing,
  // for what stands there may be a KEK in use.
  const std::string unfinished = absl::StrCat(path, ".new");
  unlink(unfinished.c_str());  // of a try that was cut short: no key ever stood under it
  const Descriptor fd(
      open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!fd.valid()) return CreateError(errno);
  // fchmod: a umask may have taken the owner's bits.
  if (fchmod(fd.get(), kFileMode) != 0 || !WriteAll(fd.get(), SecretBytesAccess::View(content)) ||
      fsync(fd.get()) != 0) {
    unlink(unfinished.c_str());
    return Unavailable(ErrorReason::kInternal, "the KEK file cannot be written");
  }
  if (renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    const absl::Status refused = CreateError(errno);
    unlink(unfinished.c_str());
    // What is there may be of a try that was cut short, and is perhaps taken over.
    if (absl::IsAlreadyExists(refused)) SyncDirectoryOf(path);
    return refused;
  }
  if (!SyncDirectoryOf(path)) {
    unlink(path.c_str());  // ours: nothing was replaced
    return Unavailable(ErrorReason::kInternal, "the KEK file cannot be written");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<KekProvider>> OpenKekFile(const std::string& path,
                                                         uint32_t generation) {
  // O_NONBLOCK: a FIFO at this path must not hold up the start.
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return OpenError(errno);

  // All by the open descriptor: the path may name another file by now.
  struct stat info;
  if (fstat(fd.get(), &info) != 0) {
    return Unavailable(ErrorReason::kInternal, "the KEK file cannot be read");
  }
  if (!S_ISREG(info.st_mode)) {
    return FailedPrecondition(ErrorReason::kPolicy, "the KEK file is not a regular file");
  }
  if (info.st_uid != geteuid()) {
    return FailedPrecondition(ErrorReason::kPolicy, "the KEK file belongs to another user");
  }
  if ((info.st_mode & kForbiddenMode) != 0) {
    return FailedPrecondition(
        ErrorReason::kPolicy,
        "the KEK file has permissions for group or others: chmod 600 it, and if it mattered, "
        "replace the key");
  }
  if (info.st_size != static_cast<off_t>(kFileSize)) {
    return DataLoss("the KEK file does not have the size of one");
  }

  SecretBytes content = SecretBytes::Zeros(kFileSize);
  if (!ReadAll(fd.get(), SecretBytesAccess::Mutable(content))) {
    return Unavailable(ErrorReason::kInternal, "the KEK file cannot be read");
  }
  const absl::string_view bytes = SecretBytesAccess::View(content);
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    return DataLoss("the KEK file does not begin as one of this format version");
  }
  char digest[kDigestSize];
  RETURN_IF_ERROR(Digest(bytes.substr(0, kDigestOffset), digest));
  if (CRYPTO_memcmp(digest, bytes.data() + kDigestOffset, kDigestSize) != 0) {
    return DataLoss("the KEK file is damaged: its check does not match");
  }
  ASSIGN_OR_RETURN(auto material, KeyMaterial::CopyOf(bytes.substr(kMagic.size(), kKeySize)));
  return NewGcmKekProvider("file", kWrapLabel, material, generation);
}

absl::Status DestroyKekFile(const std::string& path, absl::string_view check_value) {
  absl::StatusOr<std::unique_ptr<KekProvider>> opened = OpenKekFile(path);
  // A deletion that was cut short may not be on the medium yet.
  if (absl::IsNotFound(opened.status()) && !SyncDirectoryOf(path)) {
    return Unavailable(ErrorReason::kInternal, "the KEK file's directory cannot be reached");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<KekProvider> kek, std::move(opened));
  if (kek->check_value() != check_value) {
    return FailedPrecondition(ErrorReason::kKeyState,
                              "the file at that path is not the KEK to be destroyed");
  }
  if (unlink(path.c_str()) != 0 || !SyncDirectoryOf(path)) {
    return Unavailable(ErrorReason::kInternal, "the KEK file cannot be deleted");
  }
  return absl::OkStatus();
}

}  // namespace cardvault
