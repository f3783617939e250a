#ifndef CARDVAULT_VAULT_BACKUP_OPEN_DIRECTORY_H_
#define CARDVAULT_VAULT_BACKUP_OPEN_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// How much of a file was done since the last call; an error ends the work with it.
using OnBytes = absl::FunctionRef<absl::Status(uint64_t bytes)>;

struct FileSum {
  uint64_t size_bytes = 0;
  std::string sha256;  // 32 bytes
};

// A directory that is held open: what is done with its files by their names stays in it, whatever
// becomes of its path. Symbolic links are followed nowhere, and what is neither a file nor a
// directory is not touched: DATA_LOSS. All errors else: NOT_FOUND when there is none; UNAVAILABLE
// when the medium fails. Thread-safe.
class OpenDirectory final {
 public:
  static absl::StatusOr<OpenDirectory> Open(const std::string& path);
  absl::StatusOr<OpenDirectory> OpenIn(const std::string& name) const;
  // A new one of mode 0700. ALREADY_EXISTS.
  absl::StatusOr<OpenDirectory> MakeIn(const std::string& name) const;

  OpenDirectory(OpenDirectory&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  OpenDirectory& operator=(OpenDirectory&&) = delete;
  ~OpenDirectory();

  // Of all entries, in order of their bytes.
  absl::StatusOr<std::vector<std::string>> Names() const;
  // In bytes.
  absl::StatusOr<uint64_t> SizeOf(const std::string& name) const;
  // DATA_LOSS when it is larger than `max_size`.
  absl::StatusOr<std::string> Read(const std::string& name, size_t max_size) const;
  // A new file of mode 0600, on the medium when this returns. ALREADY_EXISTS.
  absl::Status Write(const std::string& name, absl::string_view bytes) const;
  absl::StatusOr<FileSum> Sum(const std::string& name, OnBytes on_bytes) const;
  // The same, and writes what it read to a new file of that name in `to`, on the medium when this
  // returns.
  absl::StatusOr<FileSum> Copy(const std::string& name, const OpenDirectory& to,
                               OnBytes on_bytes) const;
  // The new name must be free: ALREADY_EXISTS.
  absl::Status Rename(const std::string& from, const OpenDirectory& to,
                      const std::string& name) const;
  // Takes away a file, or a directory with all that is in it. OK when there is none.
  absl::Status Remove(const std::string& name) const;
  // Makes its entries outlive a power cut.
  absl::Status Sync() const;

 private:
  explicit OpenDirectory(int fd) : fd_(fd) {}
  absl::StatusOr<FileSum> Pass(const std::string& name, int out, OnBytes on_bytes) const;

  int fd_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_BACKUP_OPEN_DIRECTORY_H_
