#include "cli/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace cardvault::cli {
namespace {

constexpr int kBarWidth = 30;

// "1,234,567"
std::string Grouped(int64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, 1, ',');
  return digits;
}

// Of what was there to do: traffic may have done some of it, so never more than all.
double Part(const BarState& state) {
  if (!state.total.has_value()) return 0;
  if (*state.total <= 0) return 1;
  return std::min(1.0, static_cast<double>(state.done) / static_cast<double>(*state.total));
}

}  // namespace

std::string SpanText(int64_t seconds) {
  if (seconds < 60) return absl::StrCat(seconds, " s");
  if (seconds < 3600) return absl::StrCat(seconds / 60, " min ", seconds % 60, " s");
  return absl::StrCat(seconds / 3600, " h ", seconds / 60 % 60, " min");
}

std::string BarText(const BarState& state) {
  const double part = Part(state);
  const int filled = static_cast<int>(std::floor(part * kBarWidth));
  std::string text = absl::StrCat(state.what, "  [", std::string(filled, '#'),
                                  std::string(kBarWidth - filled, '.'), "]  ");
  if (state.total.has_value()) {
    absl::StrAppend(&text, static_cast<int>(std::floor(part * 100)), " %  ", Grouped(state.done),
                    " of ", Grouped(*state.total));
  } else {
    absl::StrAppend(&text, Grouped(state.done), ", counting");
  }
  if (state.per_second > 0) {
    absl::StrAppend(&text, "  ", Grouped(std::llround(state.per_second)), "/s");
  }
  if (state.seconds_left.has_value()) {
    absl::StrAppend(&text, "  ", SpanText(*state.seconds_left), " left");
  }
  return text;
}

ProgressBar::ProgressBar() : is_terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (is_terminal_ && drawn_) std::cerr << "\n";
}

void ProgressBar::Show(const BarState& state) {
  if (is_terminal_) {
    std::cerr << "\r\033[K" << BarText(state) << std::flush;
    drawn_ = true;
    return;
  }
  const auto tenth = static_cast<int64_t>(std::floor(Part(state) * 10));
  if (tenth == last_tenth_) return;
  last_tenth_ = tenth;
  std::cerr << BarText(state) << "\n";
}

}  // namespace cardvault::cli
