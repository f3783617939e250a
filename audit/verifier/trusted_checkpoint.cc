#include "audit/verifier/trusted_checkpoint.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "audit/signed_note.h"

namespace cardvault {

Problem OpenTrusted(absl::string_view note, absl::Span<const NoteKey> keys,
                    const VerdictPlace& place, Checkpoint& checkpoint) {
  const absl::StatusOr<SignedNote> parsed = ParseNote(note);
  const absl::StatusOr<Checkpoint> said =
      parsed.ok() ? ParseCheckpoint(parsed->text) : parsed.status();
  if (!said.ok() || !ParseLogName(said->origin).has_value()) {
    return Verdict{VerdictWord::kBadCheckpoint, "this is no signed checkpoint of a log", place};
  }
  const bool is_known = std::any_of(keys.begin(), keys.end(),
                                    [&](const NoteKey& key) { return key.name() == said->origin; });
  if (!is_known) {
    return Verdict{VerdictWord::kForeignLog,
                   "the checkpoint is of another log than the given keys sign for", place};
  }
  absl::StatusOr<Checkpoint> opened = OpenCheckpoint(note, keys);
  if (opened.ok()) {
    checkpoint = *std::move(opened);
    return std::nullopt;
  }
  switch (opened.status().code()) {
    case absl::StatusCode::kDataLoss:
      return Verdict{VerdictWord::kBadSignature,
                     "the checkpoint's signature is not that of the key: it was altered", place};
    case absl::StatusCode::kInvalidArgument:
      return Verdict{VerdictWord::kBadCheckpoint, "this is no signed checkpoint of a log", place};
    default:
      return Verdict{VerdictWord::kUnknownKey, "none of the given keys signed the checkpoint",
                     place};
  }
}

}  // namespace cardvault
