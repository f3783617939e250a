#ifndef CARDVAULT_KEYS_KEYRING_DOCUMENT_H_
#define CARDVAULT_KEYS_KEYRING_DOCUMENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keys/kek_provider.h"
#include "keys/key_material.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"

namespace cardvault {

// The only format version there is.
inline constexpr uint32_t kKeyringFormatVersion = 1;

// A document is refused above this size before it is parsed. One key version takes about 200
// bytes: rotating every purpose each week, a keyring reaches it after twelve years.
inline constexpr size_t kMaxKeyringDocumentSize = size_t{1} << 20;

// The keyring as it rests: state that anyone may read, and keys wrapped by the KEK. The bytes and
// why they are so: docs/formats/keyring.md. Thread-compatible.
struct KeyringDocument {
  static constexpr size_t kAdmissionDigestSize = 32;

  struct Entry {
    KeyVersionInfo info;
    std::string key_id;   // 16 random bytes
    std::string wrapped;  // empty once destroyed
  };

  uint64_t revision = 0;
  std::string vault_id;
  uint32_t mode = 0;
  KekVersionInfo kek;
  std::vector<KekVersionInfo> retired_keks;  // the oldest first
  std::string wrapped_state_key;
  std::vector<Entry> entries;
  // Of how the store was admitted last after a restore, 32 bytes; empty: it never was. Where there
  // is a state key alone, so that whoever writes the disk cannot admit a store.
  std::string admission_digest;

  // Unwrapped from `wrapped_state_key`: authenticates all of the above.
  std::shared_ptr<const MacKey> state_key;
};

// A document without keys at revision 0, with a new state key. Errors as KekProvider::Wrap.
absl::StatusOr<KeyringDocument> NewKeyringDocument(absl::string_view vault_id, uint32_t mode,
                                                   absl::Time now, KekProvider& kek);

// What a version made now may do.
struct VersionLimits {
  uint64_t max_uses = 0;   // of one that encrypts
  uint64_t use_block = 0;  // reserved of it at once, when it is made active
  absl::Duration use_period = absl::InfiniteDuration();  // until its use_end
};

// A new key version, wrapped and bound to its place in `document`; the caller appends it. Errors
// as KekProvider::Wrap.
absl::StatusOr<KeyringDocument::Entry> NewKeyringEntry(const KeyringDocument& document,
                                                       KeyPurpose purpose, uint32_t version,
                                                       KeyState state, absl::Time create_time,
                                                       const VersionLimits& limits,
                                                       KekProvider& kek);

// The bytes to store, authenticated by the state key.
std::string SerializeKeyringDocument(const KeyringDocument& document);

// Which KEK stored bytes say that they are wrapped by, so that it can be looked for. Nothing has
// authenticated it. DATA_LOSS when they are no document of a known version.
absl::StatusOr<KekVersionInfo> ReadKekOfKeyring(absl::string_view bytes);

// Parses stored bytes and authenticates them. DATA_LOSS, each with its own text: not a document,
// an unknown format version, wrapped by another KEK, another vault's state key, edited, of another
// custody record, or with an entry that cannot be. Other errors as KekProvider::Unwrap.
absl::StatusOr<KeyringDocument> OpenKeyringDocument(absl::string_view bytes, KekProvider& kek);

// The key of one entry that is not destroyed. DATA_LOSS when it does not unwrap, or when what was
// wrapped is not the key of this entry of this vault. Other errors as KekProvider::Unwrap.
absl::StatusOr<std::shared_ptr<const KeyMaterial>> UnwrapKeyringEntry(
    const KeyringDocument& document, const KeyringDocument::Entry& entry, KekProvider& kek);

// Wraps every key anew with `next`, which was wrapped by `kek`; the keys stay what they are. Opens
// what it wrapped once before it returns. The document keeps its revision. Errors as
// UnwrapKeyringEntry and KekProvider::Wrap; INTERNAL (CRYPTO) when `next` does not give back what
// it wrapped.
absl::StatusOr<KeyringDocument> RewrapKeyringDocument(const KeyringDocument& document,
                                                      KekProvider& kek, KekProvider& next,
                                                      absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_DOCUMENT_H_
