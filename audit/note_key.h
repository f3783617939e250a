#ifndef CARDVAULT_AUDIT_NOTE_KEY_H_
#define CARDVAULT_AUDIT_NOTE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ed25519.h"  // IWYU pragma: export

namespace cardvault {

// Ours have about 60 bytes; other logs' are URLs.
inline constexpr size_t kMaxNoteKeyNameSize = 256;

// Whether a text can name a key: UTF-8, 1 to kMaxNoteKeyNameSize bytes, without control characters,
// Unicode spaces and plus signs (C2SP signed-note, "Format").
bool IsNoteKeyName(absl::string_view name);

// The public half of a key that signs notes: a name and an Ed25519 key (signature type 0x01 of C2SP
// signed-note; there is no other one here). Thread-compatible.
class NoteKey final {
 public:
  // INVALID_ARGUMENT (FIELD_INVALID) for what IsNoteKeyName is not true of.
  static absl::StatusOr<NoteKey> Make(absl::string_view name, const Ed25519PublicKey& public_key);

  // Reads a verifier key, `NAME+KEYID+BASE64`: key id in 8 lower-case hexadecimal digits, then
  // base64 of 0x01 and the public key. INVALID_ARGUMENT (FIELD_INVALID) for anything else: another
  // signature type, a key id that is not this key's, base64 in another than its one form.
  static absl::StatusOr<NoteKey> Parse(absl::string_view verifier_key);

  // The verifier key, as Parse reads it: what an auditor is given.
  std::string ToString() const;

  const std::string& name() const { return name_; }
  const Ed25519PublicKey& public_key() const { return public_key_; }

  // The first four bytes, big-endian, of SHA-256(name || 0x0A || 0x01 || public key): which key
  // signed, together with the name. It identifies and proves nothing.
  uint32_t id() const { return id_; }

  // Whether the signature is this key's over the text (RFC 8032, section 5.1.7).
  bool Verifies(absl::string_view text, absl::string_view signature) const;

 private:
  NoteKey(absl::string_view name, const Ed25519PublicKey& public_key);

  std::string name_;
  Ed25519PublicKey public_key_;
  uint32_t id_;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_NOTE_KEY_H_
