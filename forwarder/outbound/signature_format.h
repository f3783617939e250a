#ifndef CARDVAULT_FORWARDER_OUTBOUND_SIGNATURE_FORMAT_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SIGNATURE_FORMAT_H_

namespace cardvault {

// How HMACs are made and written. Configuration of a route.
enum class SignatureHash { kSha256, kSha384, kSha512 };
enum class SignatureEncoding { kBase64, kBase64Url, kHex };
enum class SecretEncoding { kUtf8, kHex, kBase64 };

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SIGNATURE_FORMAT_H_
