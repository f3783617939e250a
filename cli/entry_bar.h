#ifndef CARDVAULT_CLI_ENTRY_BAR_H_
#define CARDVAULT_CLI_ENTRY_BAR_H_

#include <cstdint>
#include <optional>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/progress_bar.h"

namespace cardvault::cli {

// A bar of entries of the audit log, with rate and time left, for what takes longer than a second.
// Not thread-safe.
class EntryBar final {
 public:
  // `begun`: entries that were done before, which say nothing of the rate.
  explicit EntryBar(uint64_t begun = 0) : begun_(begun) {}

  void Show(uint64_t done, uint64_t total);

 private:
  const absl::Time begin_ = absl::Now();
  const uint64_t begun_;
  std::optional<ProgressBar> bar_;
};

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_ENTRY_BAR_H_
