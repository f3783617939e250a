#ifndef CARDVAULT_CLI_LINE_READER_H_
#define CARDVAULT_CLI_LINE_READER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cardvault::cli {

// The longest line that is read: a row with 16 labels of the largest size has some 3 KiB.
inline constexpr size_t kMaxInputLine = size_t{16} << 10;

// Reads lines that hold card numbers: what it keeps is of a fixed size and cleansed when it dies.
// Not thread-safe.
class LineReader final {
 public:
  enum class Got {
    kLine,
    kTooLong,  // the line was skipped
    kEnd,
    kFailed,
    kStopped,  // the signal came
  };

  // Reading ends when `stop` is set. Both outlive the reader.
  LineReader(int fd, const std::atomic<bool>& stop);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  // Puts the next line, without its end, into `line`, which has kMaxInputLine reserved and so never
  // moves.
  Got Next(std::string& line);

  uint64_t bytes_read() const {
    return bytes_read_.load(std::memory_order_relaxed);
  }  // from any thread

 private:
  bool Refill();

  const int fd_;
  const std::atomic<bool>& stop_;
  std::string block_;
  size_t at_ = 0;
  size_t end_ = 0;
  bool failed_ = false;
  std::atomic<uint64_t> bytes_read_ = 0;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_LINE_READER_H_
