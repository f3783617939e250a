#include "forwarder/outbound/vendor_card_cipher.h"

#include <openssl/evp.h>

#include <cstddef>
#include <memory>

#include "base/access/secret_buffer.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {
namespace {

constexpr size_t kKeySize = 32;
constexpr size_t kBlockSize = 16;  // also of the initialization vector
constexpr char kFiller = '0';

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // cleanses
};

absl::Status CryptoError() {
  return Internal(ErrorReason::kCrypto, "a card field could not be encrypted");
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* MutableBytes(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(SecretBytesAccess::Mutable(bytes).data());
}

SecretBuffer FillUp(absl::string_view text, size_t size) {
  SecretBuffer filled;
  for (size_t i = text.size(); i < size; ++i) filled.Append(kFiller);
  filled.Append(text);
  return filled;
}

SecretBytes ToBase64(const SecretBytes& bytes) {
  // Four characters for each three bytes begun, and the zero that OpenSSL writes behind them.
  const size_t size = (bytes.size() + 2) / 3 * 4;
  SecretBytes text = SecretBytes::Zeros(size + 1);
  EVP_EncodeBlock(MutableBytes(text), Bytes(SecretBytesAccess::View(bytes)),
                  static_cast<int>(bytes.size()));
  SecretBytesAccess::Truncate(text, size);
  return text;
}

}  // namespace

absl::Status CheckVendorSecret(const SecretBytes& secret) {
  if (secret.empty()) {
    return FailedPrecondition(ErrorReason::kUnspecified, "a credential of the route is empty");
  }
  if (secret.size() > kKeySize) {
    return FailedPrecondition(ErrorReason::kUnspecified,
                              "a credential of the route is too long to encrypt card fields with");
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> EncryptForVendor(absl::string_view clear, const SecretBytes& secret,
                                             absl::string_view timestamp) {
  RETURN_IF_ERROR(CheckVendorSecret(secret));
  if (timestamp.size() > kBlockSize) return CryptoError();
  const SecretBuffer key = FillUp(SecretBytesAccess::View(secret), kKeySize);
  const SecretBuffer vector = FillUp(timestamp, kBlockSize);
  const std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter> context(EVP_CIPHER_CTX_new());
  if (context == nullptr || EVP_EncryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr,
                                               Bytes(key.View()), Bytes(vector.View())) != 1) {
    return CryptoError();
  }
  // PKCS#7 is OpenSSL's padding, and always adds some.
  SecretBytes encrypted = SecretBytes::Zeros(clear.size() / kBlockSize * kBlockSize + kBlockSize);
  int size = 0;
  int last_size = 0;
  if (EVP_EncryptUpdate(context.get(), MutableBytes(encrypted), &size, Bytes(clear),
                        static_cast<int>(clear.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), MutableBytes(encrypted) + size, &last_size) != 1 ||
      static_cast<size_t>(size + last_size) != encrypted.size()) {
    return CryptoError();
  }
  return ToBase64(encrypted);
}

}  // namespace cardvault
