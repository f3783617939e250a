#ifndef CARDVAULT_AUDIT_EXPORT_LINE_FILE_H_
#define CARDVAULT_AUDIT_EXPORT_LINE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cardvault {

// Reads a file of any length line by line in bounded memory. Not thread-safe.
class LineFile final {
 public:
  // Lines have at most `max_line_size` bytes, their newline counted. NOT_FOUND (NOT_FOUND) when
  // there is no such file, it cannot be opened, or is a pipe or a folder: what is verified is
  // opened more than once.
  static absl::StatusOr<std::unique_ptr<LineFile>> Open(const std::string& path,
                                                        size_t max_line_size);
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;
  ~LineFile();

  // The next line without its newline, until the next call; nothing behind the last one.
  // INVALID_ARGUMENT (FIELD_INVALID) for one that is too long, DATA_LOSS when the file ends without
  // a newline, UNAVAILABLE (NOT_FOUND) when it cannot be read on.
  absl::StatusOr<std::optional<absl::string_view>> Next();

  uint64_t line_number() const { return line_number_; }  // of the last line, or failure; from 1
  uint64_t offset() const { return offset_; }            // behind the last line, in bytes

 private:
  LineFile(int fd, size_t max_line_size);

  const int fd_;
  const size_t max_line_size_;
  std::string buffer_;
  size_t begin_ = 0;  // of what was read and is in no line yet
  size_t end_ = 0;
  uint64_t line_number_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_LINE_FILE_H_
