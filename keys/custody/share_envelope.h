#ifndef CARDVAULT_KEYS_CUSTODY_SHARE_ENVELOPE_H_
#define CARDVAULT_KEYS_CUSTODY_SHARE_ENVELOPE_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "keys/custody/custodian_certificate.h"

namespace cardvault {

// What is sealed and the PEM form of its envelope: a share takes some 250 bytes and 1.5 KiB.
inline constexpr size_t kMaxEnvelopeContentSize = 1024;
inline constexpr size_t kMaxEnvelopePemSize = size_t{16} << 10;

// Asked for a passphrase when a private key has one; nothing is echoed or kept here.
using PassphraseSource = std::function<absl::StatusOr<SecretBytes>()>;

// A CMS envelope (RFC 5083 AuthEnvelopedData, AES-256-GCM) to one certificate: RSAES-OAEP with
// SHA-256, or on a curve ECDH with the X9.63 KDF over SHA-256 and AES-256 key wrap. It tells that
// nothing was changed, not who made it: what it holds is believed for other reasons. Thread-safe.

// PEM, "-----BEGIN CMS-----". `content` is not above kMaxEnvelopeContentSize. INTERNAL (CRYPTO).
absl::StatusOr<std::string> SealToCertificate(const SecretBytes& content,
                                              const CustodianCertificate& recipient);

// Opens with the recipient's private key (PEM: PKCS#8, or of RSA or EC). `passphrase` may be
// null: then a key with one is refused. Errors: INVALID_ARGUMENT (FIELD_INVALID), field
// `private_key` when it holds no private key or the passphrase is wrong, field `share` when it is
// not an envelope, was sealed to another key, or was changed; the passphrase source's own.
absl::StatusOr<SecretBytes> OpenEnvelope(absl::string_view envelope_pem,
                                         const SecretBytes& private_key_pem,
                                         const PassphraseSource& passphrase);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_SHARE_ENVELOPE_H_
