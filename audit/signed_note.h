#ifndef CARDVAULT_AUDIT_SIGNED_NOTE_H_
#define CARDVAULT_AUDIT_SIGNED_NOTE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/note_key.h"

namespace cardvault {

// Notes as c2sp.org/signed-note has them: a text, an empty line, and signature lines
// `— NAME BASE64`, of key id and signature. docs/formats/checkpoint.md. All functions are
// thread-safe.

// A checkpoint has 150 bytes.
inline constexpr size_t kMaxNoteTextSize = size_t{64} << 10;
// What a reader must take, by the specification: a log's own key, the one it follows, witnesses.
inline constexpr size_t kMaxNoteSignatureCount = 16;
// Of a line's base64. A signature that withstands quantum computers has nearly 5 kB.
inline constexpr size_t kMaxNoteSignatureSize = size_t{8} << 10;

struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // without the key id
};

// As it was read: nothing in it has been verified.
struct SignedNote {
  std::string text;  // ends with a newline; without the empty line
  std::vector<NoteSignature> signatures;
};

// INVALID_ARGUMENT (FIELD_INVALID) for bytes that are no note: not UTF-8, control characters, no
// text, no or more than kMaxNoteSignatureCount signatures, a line that is no signature, base64 in
// another than its one form, anything beyond the bounds above. What parses serialises to the same
// bytes.
absl::StatusOr<SignedNote> ParseNote(absl::string_view bytes);
std::string SerializeNote(const SignedNote& note);

// The private half of a NoteKey, wherever it is kept.
class NoteSigner {
 public:
  virtual ~NoteSigner() = default;

  // The public half.
  virtual const NoteKey& key() const = 0;
  // Ed25519 over the bytes.
  virtual absl::StatusOr<Ed25519Signature> Sign(absl::string_view bytes) const = 0;
};

// A text with the signatures of all signers, in their order, serialised. Each signature is verified
// before it is given out. INVALID_ARGUMENT (FIELD_INVALID) for a text that ParseNote would refuse,
// and no or too many signers; INTERNAL (CRYPTO) for a signature that does not verify; errors of the
// signers.
absl::StatusOr<std::string> SignNote(absl::string_view text,
                                     absl::Span<const NoteSigner* const> signers);

struct OpenedNote {
  std::string text;
  std::vector<NoteKey> keys;  // the trusted ones that signed it, at least one
};

// Reads a note that a trusted key signed. Signatures of other keys are passed over, those that
// share only the name or only the id with a trusted one among them. INVALID_ARGUMENT
// (FIELD_INVALID) as ParseNote, and when a trusted key's signature stands there twice;
// FAILED_PRECONDITION (UNVERIFIED) when no trusted key signed; DATA_LOSS when a signature that
// names a trusted key does not verify, whatever else does.
absl::StatusOr<OpenedNote> OpenNote(absl::string_view bytes, absl::Span<const NoteKey> trusted);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_SIGNED_NOTE_H_
