#ifndef CARDVAULT_SERVER_SEALED_FILE_H_
#define CARDVAULT_SERVER_SEALED_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// A file in memory whose bytes nobody can change any more, for a library that takes a path. Lives as
// long as the object. Thread-safe.
class SealedFile final {
 public:
  // INTERNAL when the system has no room for it.
  static absl::StatusOr<std::unique_ptr<SealedFile>> Create(absl::string_view content);
  SealedFile(const SealedFile&) = delete;
  SealedFile& operator=(const SealedFile&) = delete;
  ~SealedFile();

  // For this process alone.
  std::string path() const;

 private:
  explicit SealedFile(int descriptor) : descriptor_(descriptor) {}

  const int descriptor_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_SEALED_FILE_H_
