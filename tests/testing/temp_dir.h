#ifndef CARDVAULT_TESTS_TESTING_TEMP_DIR_H_
#define CARDVAULT_TESTS_TESTING_TEMP_DIR_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "base/check.h"

namespace cardvault {

// A new empty directory below the test's own ($TEST_TMPDIR, else the system's), deleted with all
// that is in it when the object dies. Thread-compatible.
class TempDir final {
 public:
  TempDir() {
    const char* const root = getenv("TEST_TMPDIR");
    path_ =
        (root != nullptr ? std::string(root) : std::filesystem::temp_directory_path().string()) +
        "/cardvault-XXXXXX";
    CV_CHECK(mkdtemp(path_.data()) != nullptr);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TESTS_TESTING_TEMP_DIR_H_
