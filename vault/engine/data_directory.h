#ifndef CARDVAULT_VAULT_ENGINE_DATA_DIRECTORY_H_
#define CARDVAULT_VAULT_ENGINE_DATA_DIRECTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cardvault {

// A data directory that this process holds: what tells it from any other directory is the file
// VAULT in it, which is also what is locked. The file is complete only once the tables are there,
// so that a creation that was cut off is known and done again. Not thread-safe.
class DataDirectory final {
 public:
  // Finds, checks and locks; makes the directory when it may. Errors: as OpenRocksDbEngine.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path,
                                                             bool create_if_missing);
  ~DataDirectory();  // unlocks

  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }

  // Whether the tables are still to be made.
  bool is_new() const { return is_new_; }

  // Writes down that the tables are there. UNAVAILABLE when the medium fails.
  absl::Status MarkComplete();

 private:
  DataDirectory(std::string path, int lock_fd, bool is_new)
      : path_(std::move(path)), lock_fd_(lock_fd), is_new_(is_new) {}

  const std::string path_;
  const int lock_fd_;
  bool is_new_;
};

// Whether a data directory stands there, whole and of this format, without holding it. NOT_FOUND,
// FAILED_PRECONDITION and UNAVAILABLE: as OpenRocksDbEngine; to whom it is open is not asked.
absl::Status CheckDataDirectory(const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ENGINE_DATA_DIRECTORY_H_
