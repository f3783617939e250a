#include "cli/entry_bar.h"

namespace cardvault::cli {
namespace {

// What takes less is over before a bar is read.
constexpr absl::Duration kBarAfter = absl::Seconds(1);

}  // namespace

void EntryBar::Show(uint64_t done, uint64_t total) {
  const absl::Duration passed = absl::Now() - begin_;
  if (passed < kBarAfter || done > total || done <= begun_) return;
  if (!bar_.has_value()) bar_.emplace();
  BarState state;
  state.what = "entries";
  state.done = static_cast<int64_t>(done);
  state.total = static_cast<int64_t>(total);
  state.per_second = static_cast<double>(done - begun_) / absl::ToDoubleSeconds(passed);
  state.seconds_left = static_cast<int64_t>(static_cast<double>(total - done) / state.per_second);
  bar_->Show(state);
}

}  // namespace cardvault::cli
