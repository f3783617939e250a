#include "forwarder/outbound/sorted_values.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/signature_encoding.h"

namespace cardvault {
namespace {

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }  // cleanses
};

absl::Status CryptoError() {
  return Internal(ErrorReason::kCrypto, "the message could not be signed");
}

}  // namespace

absl::StatusOr<std::string> SortedValues::Sign(const SecretBytes& secret) {
  if (secret.empty()) {
    return FailedPrecondition(ErrorReason::kUnspecified, "a credential of the route is empty");
  }
  // Byte order: '_' comes before the small letters. Keys do not repeat.
  std::sort(values_.begin(), values_.end());
  const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha384(), nullptr) != 1) {
    return CryptoError();
  }
  for (const auto& [key, value] : values_) {
    if (EVP_DigestUpdate(context.get(), value.data(), value.size()) != 1) return CryptoError();
  }
  const absl::string_view secret_bytes = SecretBytesAccess::View(secret);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_DigestUpdate(context.get(), secret_bytes.data(), secret_bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, &size) != 1) {
    return CryptoError();
  }
  return EncodeSignature(SignatureEncoding::kHex, {reinterpret_cast<const char*>(digest), size});
}

bool SortedValues::Verify(const SecretBytes& secret, absl::string_view signature) {
  const absl::StatusOr<std::string> expected = Sign(secret);
  return expected.ok() && expected->size() == signature.size() &&
         CRYPTO_memcmp(expected->data(), signature.data(), signature.size()) == 0;
}

}  // namespace cardvault
