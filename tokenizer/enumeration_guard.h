#ifndef CARDVAULT_TOKENIZER_ENUMERATION_GUARD_H_
#define CARDVAULT_TOKENIZER_ENUMERATION_GUARD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Keeps Tokenize from being asked "is this PAN in my vault?" over and over: who knows BIN and last
// four of a card has 10^5 or so candidates, and EXISTING or a fingerprint would tell the right one.
// So at most `limit` distinct PANs that share BIN and last four are taken per merchant in a sliding
// window, whether or not they match a card. A PAN seen within the window does not count again, and
// counts from when it was first seen: seeing it again tells nothing new. Thread-safe.
class EnumerationGuard final {
 public:
  EnumerationGuard(const Engine& engine, int limit, absl::Duration window)
      : engine_(engine), limit_(limit), window_(window) {}  // `engine` must outlive this

  // Counts a PAN, in `set`, against the row of its merchant, BIN and last four. `pan_macs` are its
  // MACs under each live key version, the active one first. RESOURCE_EXHAUSTED (ENUMERATION).
  absl::Status Admit(const std::string& row_key, absl::Span<const std::string> pan_macs,
                     absl::Time now, WriteSet& set) const;

 private:
  const Engine& engine_;
  const int limit_;
  const absl::Duration window_;
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_ENUMERATION_GUARD_H_
