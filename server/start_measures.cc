#include "server/start_measures.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "base/sha256.h"
#include "base/status.h"

namespace cardvault {
namespace {

// Mapped, not read: a program can have many megabytes, and is in memory already.
absl::StatusOr<std::string> DigestOfFile(const std::string& path) {
  const absl::Status unread =
      NotFound(ErrorReason::kNotFound, "the program's own file cannot be read");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return unread;
  struct stat file = {};
  void* bytes = MAP_FAILED;
  if (fstat(fd, &file) == 0 && file.st_size > 0) {
    bytes = mmap(nullptr, static_cast<size_t>(file.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  }
  close(fd);
  if (bytes == MAP_FAILED) return unread;
  const auto size = static_cast<size_t>(file.st_size);
  std::string digest = Sha256({static_cast<const char*>(bytes), size});
  munmap(bytes, size);
  return digest;
}

AuditLeaf Measured(absl::string_view what, absl::string_view sha256) {
  AuditLeaf leaf{AuditAction::kStartMeasured};
  leaf.origin.principal = "cardvaultd";
  leaf.object = absl::StrCat(what, " ", absl::BytesToHexString(sha256));
  return leaf;
}

}  // namespace

absl::StatusOr<std::vector<AuditLeaf>> MeasureStart(const std::string& program,
                                                    const ApprovedConfig& config) {
  ASSIGN_OR_RETURN(const std::string digest, DigestOfFile(program));
  std::vector<AuditLeaf> leaves = {Measured("cardvaultd", digest)};
  for (const ConfigFile& file : config.found()) {
    leaves.push_back(Measured(file.name, file.sha256));
  }
  for (const char* const name : {kMerchantAnchor, kAdminAnchor}) {
    AuditLeaf in_force = Measured(name, Sha256(config.AnchorInForce(name)));
    bool is_found = false;
    for (const AuditLeaf& leaf : leaves) is_found = is_found || leaf.object == in_force.object;
    if (is_found) continue;
    in_force.object = absl::StrCat("in force: ", in_force.object);
    leaves.push_back(std::move(in_force));
  }
  return leaves;
}

}  // namespace cardvault
