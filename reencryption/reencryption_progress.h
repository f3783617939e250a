#ifndef CARDVAULT_REENCRYPTION_REENCRYPTION_PROGRESS_H_
#define CARDVAULT_REENCRYPTION_REENCRYPTION_PROGRESS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keys/key_purpose.h"

namespace cardvault {

// The numbers are stored (ReencryptionRow.State).
enum class ReencryptionState {
  kIdle = 0,  // never started
  kRunning = 1,
  kPaused = 2,
  kDone = 3,    // nothing is left but rows that do not open: failed_count
  kFailed = 4,  // so many rows do not open that something else is wrong
};

// How far the job is.
struct ReencryptionProgress {
  ReencryptionState state = ReencryptionState::kIdle;
  std::optional<KeyPurpose> purpose;  // nullopt: idle
  uint32_t target_version = 0;
  bool is_counted = false;   // total_count is known
  uint64_t done_count = 0;   // rows moved
  uint64_t total_count = 0;  // an estimate: traffic changes rows as well
  uint64_t failed_count = 0;
  double rows_per_second = 0;                           // over the last seconds
  absl::Duration time_left = absl::InfiniteDuration();  // infinite: not known
  absl::Time start_time;
  // Why it waits, or failed; OK while it goes on. FAILED_PRECONDITION (VAULT_SEALED): it goes on
  // when the vault is unsealed.
  absl::Status last_error;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_REENCRYPTION_PROGRESS_H_
