#ifndef CARDVAULT_FORWARDER_OUTBOUND_SIGNATURE_ENCODING_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SIGNATURE_ENCODING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/signature_format.h"

namespace cardvault {

// The bytes of a signature or hash as text; base64 with padding, hex in lower case. Thread-safe.
std::string EncodeSignature(SignatureEncoding encoding, absl::string_view bytes);

// The bytes of a credential. Hex in either case; base64 in either alphabet, padding optional.
// FAILED_PRECONDITION when the stored text is empty or not in that encoding. Thread-safe.
absl::StatusOr<SecretBytes> DecodeSecret(SecretEncoding encoding, const SecretBytes& text);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SIGNATURE_ENCODING_H_
