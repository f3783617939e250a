#ifndef CARDVAULT_AUDIT_TESTING_TEST_NOTE_SIGNER_H_
#define CARDVAULT_AUDIT_TESTING_TEST_NOTE_SIGNER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/note_key.h"
#include "audit/signed_note.h"

namespace cardvault {

// Signs with a seed that every reader of a test knows. Thread-safe.
class TestNoteSigner final : public NoteSigner {
 public:
  // The seed as 64 hexadecimal digits. Ends the process for what is none, and for no key's name.
  TestNoteSigner(absl::string_view name, absl::string_view seed_hex);

  const NoteKey& key() const override { return key_; }
  absl::StatusOr<Ed25519Signature> Sign(absl::string_view bytes) const override;

 private:
  const std::string seed_;
  const NoteKey key_;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_TESTING_TEST_NOTE_SIGNER_H_
