#ifndef CARDVAULT_CLI_OUTPUT_FILE_H_
#define CARDVAULT_CLI_OUTPUT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cardvault::cli {

// Where much is written to: a file for its owner alone, or standard output. What it says of a
// failure is for who typed the command. Not thread-safe.
class OutputFile final {
 public:
  enum class Mode {
    kNew,     // there must be none
    kAppend,  // made when there is none
    kCut,     // one that is there, from `offset` on
  };

  // "-" is standard output, which is only new. Null, with the mistake in `problem`.
  static std::unique_ptr<OutputFile> Open(const std::string& path, Mode mode, uint64_t offset,
                                          std::string& problem);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();  // what is not flushed is lost

  // UNAVAILABLE when it cannot be written.
  absl::Status Write(absl::string_view bytes);
  absl::Status Flush();
  // Flushes, and waits until a file is on the disk.
  absl::Status Finish();

 private:
  explicit OutputFile(int fd) : fd_(fd) {}

  const int fd_;
  std::string buffer_;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_OUTPUT_FILE_H_
