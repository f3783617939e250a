#ifndef CARDVAULT_AUDIT_VERIFIER_TRUSTED_CHECKPOINT_H_
#define CARDVAULT_AUDIT_VERIFIER_TRUSTED_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/checkpoint.h"
#include "audit/note_key.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

// A log's name taken apart: of which vault, and which of its logs. All functions are thread-safe.
struct LogName {
  std::string vault;
  uint32_t number = 0;  // from 1

  friend bool operator==(const LogName&, const LogName&) = default;
};

// Nothing for what LogOrigin does not write.
std::optional<LogName> ParseLogName(absl::string_view origin);

// Reads a checkpoint that one of the keys signed, of a log that has a LogName; `place` is where it
// stands. kBadCheckpoint, kForeignLog, kUnknownKey, kBadSignature.
Problem OpenTrusted(absl::string_view note, absl::Span<const NoteKey> keys,
                    const VerdictPlace& place, Checkpoint& checkpoint);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_TRUSTED_CHECKPOINT_H_
