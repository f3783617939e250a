#include "forwarder/outbound/value_hash.h"

#include <openssl/crypto.h>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/outbound/signature_encoding.h"

namespace cardvault {

ValueHash::ValueHash() : context_(EVP_MD_CTX_new()) {
  is_fine_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha384(), nullptr) == 1;
}

void ValueHash::Add(absl::string_view value) {
  is_fine_ = is_fine_ && EVP_DigestUpdate(context_.get(), value.data(), value.size()) == 1;
}

absl::StatusOr<std::string> ValueHash::Sign(const SecretBytes& secret) {
  if (secret.empty()) {
    return FailedPrecondition(ErrorReason::kUnspecified, "a credential of the route is empty");
  }
  Add(SecretBytesAccess::View(secret));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (!is_fine_ || EVP_DigestFinal_ex(context_.get(), digest, &size) != 1) {
    return Internal(ErrorReason::kCrypto, "the message could not be signed");
  }
  return EncodeSignature(SignatureEncoding::kHex, {reinterpret_cast<const char*>(digest), size});
}

bool IsSameSignature(absl::string_view expected, absl::string_view given) {
  return expected.size() == given.size() &&
         CRYPTO_memcmp(expected.data(), given.data(), given.size()) == 0;
}

}  // namespace cardvault
