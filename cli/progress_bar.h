#ifndef CARDVAULT_CLI_PROGRESS_BAR_H_
#define CARDVAULT_CLI_PROGRESS_BAR_H_

#include <cstdint>
#include <optional>
#include <string>

namespace cardvault::cli {

// How far something long is.
struct BarState {
  std::string what;  // "pan version 3"
  int64_t done = 0;
  std::optional<int64_t> total;
  double per_second = 0;
  std::optional<int64_t> seconds_left;
};

// One line: "pan version 3  [#######.......]  52 %  5,200 of 10,000  4,998/s  1 s left".
std::string BarText(const BarState& state);

// "2 min 5 s", "3 h 20 min".
std::string SpanText(int64_t seconds);

// Shows a bar on standard error: redrawn in place on a terminal, else a line each time it is a tenth
// further. Not thread-safe.
class ProgressBar final {
 public:
  ProgressBar();
  ~ProgressBar();  // leaves what was drawn last
  void Show(const BarState& state);

 private:
  const bool is_terminal_;
  bool drawn_ = false;
  int64_t last_tenth_ = -1;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_PROGRESS_BAR_H_
