#include "cli/line_reader.h"

#include <unistd.h>

#include <cerrno>

#include "cli/secret_input.h"

namespace cardvault::cli {
namespace {

constexpr size_t kBlockSize = size_t{64} << 10;

}  // namespace

LineReader::LineReader(int fd, const std::atomic<bool>& stop)
    : fd_(fd), stop_(stop), block_(kBlockSize, '\0') {}

LineReader::~LineReader() { CleanseText(block_); }

bool LineReader::Refill() {
  while (!stop_.load()) {
    const ssize_t got = read(fd_, block_.data(), block_.size());
    if (got < 0 && errno == EINTR) continue;
    failed_ = got < 0;
    if (got <= 0) return false;
    bytes_read_.fetch_add(static_cast<uint64_t>(got), std::memory_order_relaxed);
    at_ = 0;
    end_ = static_cast<size_t>(got);
    return true;
  }
  return false;
}

LineReader::Got LineReader::Next(std::string& line) {
  line.clear();
  bool too_long = false;
  bool any = false;
  for (;;) {
    if (stop_.load()) return Got::kStopped;
    if (at_ == end_ && !Refill()) {
      if (stop_.load()) return Got::kStopped;
      if (failed_) return Got::kFailed;
      if (!any) return Got::kEnd;
      break;  // the last line has no end
    }
    const char c = block_[at_++];
    any = true;
    if (c == '\n') break;
    if (line.size() == kMaxInputLine) {
      too_long = true;
    } else {
      line.push_back(c);
    }
  }
  if (too_long) return Got::kTooLong;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return Got::kLine;
}

}  // namespace cardvault::cli
