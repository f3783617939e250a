#ifndef CARDVAULT_AUDIT_VERIFIER_TRUSTED_CHECKPOINT_H_
#define CARDVAULT_AUDIT_VERIFIER_TRUSTED_CHECKPOINT_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/checkpoint.h"
#include "audit/note_key.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

// Reads a checkpoint that one of the keys signed, of a log that has a LogName; `place` is where it
// stands. kBadCheckpoint, kForeignLog, kUnknownKey, kBadSignature.
Problem OpenTrusted(absl::string_view note, absl::Span<const NoteKey> keys,
                    const VerdictPlace& place, Checkpoint& checkpoint);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_TRUSTED_CHECKPOINT_H_
