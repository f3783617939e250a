#include "forwarder/outbound/canonical_hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <cstddef>
#include <memory>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/outbound/canonical_template.h"
#include "forwarder/outbound/signature_encoding.h"

namespace cardvault {
namespace {

struct MacContextDeleter {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }  // cleanses
};

absl::Status CryptoError() {
  return Internal(ErrorReason::kCrypto, "the request could not be signed");
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL wants it mutable and does not change it.
char* HashName(SignatureHash hash) {
  static char sha256[] = "SHA256";
  static char sha384[] = "SHA384";
  static char sha512[] = "SHA512";
  switch (hash) {
    case SignatureHash::kSha256:
      return sha256;
    case SignatureHash::kSha384:
      return sha384;
    case SignatureHash::kSha512:
      break;
  }
  return sha512;
}

// Fetched once: a fetch takes longer than the HMAC.
EVP_MAC* Hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  return mac;
}

std::string BodySha256(absl::string_view body, SignatureEncoding encoding) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(Bytes(body), body.size(), digest);
  return EncodeSignature(encoding, {reinterpret_cast<const char*>(digest), sizeof(digest)});
}

absl::string_view ValueOf(const CanonicalTemplate::Piece& piece, const CanonicalHmacSigner& signer,
                          const CanonicalInput& input, std::string& body_hash) {
  switch (piece.part) {
    case CanonicalPart::kLiteral:
      return piece.literal;
    case CanonicalPart::kMethod:
      return input.method;
    case CanonicalPart::kPath:
      return input.path;
    case CanonicalPart::kHost:
      return input.host;
    case CanonicalPart::kTimestamp:
      return input.timestamp;
    case CanonicalPart::kNonce:
      return input.nonce;
    case CanonicalPart::kKeyId:
      return signer.key_id;
    case CanonicalPart::kWalletUid:
      return signer.wallet_uid;
    case CanonicalPart::kBody:
      return input.body;
    case CanonicalPart::kBodySha256Hex:
      body_hash = BodySha256(input.body, SignatureEncoding::kHex);
      return body_hash;
    case CanonicalPart::kBodySha256Base64:
      break;
  }
  body_hash = BodySha256(input.body, SignatureEncoding::kBase64);
  return body_hash;
}

}  // namespace

absl::StatusOr<std::string> SignCanonical(const CanonicalHmacSigner& signer,
                                          const CanonicalInput& input, const SecretBytes& secret) {
  ASSIGN_OR_RETURN(const CanonicalTemplate canonical,
                   CanonicalTemplate::Parse(signer.canonical_template));
  ASSIGN_OR_RETURN(const SecretBytes key, DecodeSecret(signer.secret_encoding, secret));
  if (Hmac() == nullptr) return CryptoError();
  const std::unique_ptr<EVP_MAC_CTX, MacContextDeleter> context(EVP_MAC_CTX_new(Hmac()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, HashName(signer.hash), 0),
      OSSL_PARAM_construct_end()};
  const absl::string_view key_bytes = SecretBytesAccess::View(key);
  if (context == nullptr ||
      EVP_MAC_init(context.get(), Bytes(key_bytes), key_bytes.size(), parameters) != 1) {
    return CryptoError();
  }
  for (const CanonicalTemplate::Piece& piece : canonical.pieces()) {
    std::string body_hash;
    const absl::string_view value = ValueOf(piece, signer, input, body_hash);
    if (EVP_MAC_update(context.get(), Bytes(value), value.size()) != 1) return CryptoError();
  }
  unsigned char mac[EVP_MAX_MD_SIZE];
  size_t mac_size = 0;
  if (EVP_MAC_final(context.get(), mac, &mac_size, sizeof(mac)) != 1) return CryptoError();
  return EncodeSignature(signer.output, {reinterpret_cast<const char*>(mac), mac_size});
}

}  // namespace cardvault
