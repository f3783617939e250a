#ifndef CARDVAULT_TOKENIZER_ENUMERATION_GUARD_H_
#define CARDVAULT_TOKENIZER_ENUMERATION_GUARD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/records/window_rows.h"

namespace cardvault {

// Keeps the vault from being asked "is this PAN in there?" over and over: who knows BIN and last
// four of a card has 10^5 or so candidates, and EXISTING, a fingerprint or a replay would tell the
// right one. One row counts the distinct PANs that a merchant offers with one BIN and last four in
// a sliding window, whether or not they match a card:
//   - the first `limit` are let in, and may come again within the window;
//   - the next are refused. That tells that they are none of the first, so they are counted too;
//   - with `limit` PANs refused the row is locked until the oldest refusal leaves the window: it
//     refuses every PAN, one that was let in before as well.
// So at most 2 * `limit` candidates are told apart in a window. A PAN counts from when it was first
// offered, and not again: the second time it tells nothing new.
//
// A verdict holds for the row as it was read, so `set` is conditional on it: whatever is answered
// on the strength of a verdict has to wait until `set` is committed. Thread-safe.
class EnumerationGuard final {
 public:
  EnumerationGuard(const Engine& engine, int limit, absl::Duration window)
      : engine_(engine), limit_(limit), window_(window) {}  // `engine` must outlive this

  // A PAN as the rows know it.
  struct PanMacs {
    std::vector<std::string> macs;  // under each live key version, the active one first
    uint32_t active_version = 0;    // of the first
  };

  // Counts a PAN, in `set`, against the row of its merchant, BIN and last four, which stands at one
  // of `row_keys` (vault/records/window_rows.h). What is counted is under the active version of the
  // fingerprint key, and `set` says so. RESOURCE_EXHAUSTED (ENUMERATION) for a
  // PAN that is refused; `set` then has the count, or nothing when there is none to be made (the
  // row is locked, or has refused this PAN before).
  absl::Status Admit(RowPlaces row_keys, const PanMacs& pan, absl::Time now, WriteSet& set) const;

  // For a PAN that was let in under a request which is now repeated: it does not count.
  // ENUMERATION, and nothing in `set`, when the row is locked.
  absl::Status CheckUnlocked(RowPlaces row_keys, absl::Time now, WriteSet& set) const;

 private:
  const Engine& engine_;
  const int limit_;
  const absl::Duration window_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_ENUMERATION_GUARD_H_
