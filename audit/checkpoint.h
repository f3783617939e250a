#ifndef CARDVAULT_AUDIT_CHECKPOINT_H_
#define CARDVAULT_AUDIT_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/note_key.h"
#include "audit/signed_note.h"
#include "audit/tree_hash.h"
#include "base/id.h"

namespace cardvault {

// What a log says of itself at one moment, as c2sp.org/tlog-checkpoint has it: who it is, how many
// entries it has, and the root of their tree. docs/formats/checkpoint.md. Thread-compatible; all
// functions are thread-safe.
struct Checkpoint {
  std::string origin;  // LogOrigin
  uint64_t size = 0;
  TreeHash root = EmptyRoot();

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// `cardvault/VAULT/log/N`: the name of a vault's N-th log, from 1, and of the keys that sign it. A
// vault that is admitted after a restore starts its next log.
std::string LogOrigin(const VaultId& vault, uint32_t number);

// A log's name taken apart: of which vault, and which of its logs.
struct LogName {
  std::string vault;
  uint32_t number = 0;  // from 1

  friend bool operator==(const LogName&, const LogName&) = default;
};

// Nothing for what LogOrigin does not write.
std::optional<LogName> ParseLogName(absl::string_view origin);

// The text of a checkpoint's note: three lines. The origin must be one line that is not empty.
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// INVALID_ARGUMENT (FIELD_INVALID) for any other text: a number with leading zeros or above 64
// bits, base64 in another than its one form, a root of an empty tree that is not EmptyRoot(), an
// empty line. Lines behind the third are extensions: not ours, and passed over, as the
// specification has it.
absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text);

// The signed note of a checkpoint. A log signs what continues all that it signed before; to see to
// that is the caller's. Every signer's key must have the origin as its name: INVALID_ARGUMENT
// (FIELD_INVALID). Other errors as SignNote.
absl::StatusOr<std::string> SignCheckpoint(const Checkpoint& checkpoint,
                                           absl::Span<const NoteSigner* const> signers);

// The checkpoint in a note that a trusted key signed. Errors as OpenNote and ParseCheckpoint, and
// FAILED_PRECONDITION (FOREIGN) when no trusted key of the checkpoint's origin signed it: a key
// signs for the log whose name it has.
absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note,
                                          absl::Span<const NoteKey> trusted);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_CHECKPOINT_H_
