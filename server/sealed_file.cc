#include "server/sealed_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<std::unique_ptr<SealedFile>> SealedFile::Create(absl::string_view content) {
  const int descriptor = memfd_create("cardvault", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) {
    return Internal(ErrorReason::kInternal, "a file in memory could not be made");
  }
  auto file = std::unique_ptr<SealedFile>(new SealedFile(descriptor));
  while (!content.empty()) {
    const ssize_t written = write(descriptor, content.data(), content.size());
    if (written <= 0) {
      return Internal(ErrorReason::kInternal, "a file in memory could not be written");
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) !=
      0) {
    return Internal(ErrorReason::kInternal, "a file in memory could not be sealed");
  }
  return file;
}

SealedFile::~SealedFile() { close(descriptor_); }

std::string SealedFile::path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

}  // namespace cardvault
