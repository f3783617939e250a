#include "keys/aes_gcm.h"

#include <utility>

#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/key_material_access.h"
#include "keys/openssl_error.h"

namespace cardvault {
namespace {

const unsigned char* Bytes(absl::string_view view) {
  return reinterpret_cast<const unsigned char*>(view.data());
}

int Size(absl::string_view view) { return static_cast<int>(view.size()); }  // <= kMaxGcmInputSize

// Looked up once: an implicit fetch per context costs more than the operation.
const EVP_CIPHER* Cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

// Associated data goes in by an update without output. An empty one is left out: with a null
// pointer OpenSSL would take the call for the final one.
bool AddAssociatedData(EVP_CIPHER_CTX* context, absl::string_view data) {
  int size = 0;
  return data.empty() || EVP_CipherUpdate(context, nullptr, &size, Bytes(data), Size(data)) == 1;
}

}  // namespace

AesGcm::AesGcm(std::shared_ptr<const KeyMaterial> material) : material_(std::move(material)) {
  CV_CHECK(material_ != nullptr && material_->size() == kKeySize);
}

AesGcm::~AesGcm() = default;

AesGcm::Slots::Owned AesGcm::Keyed() const {
  Slots::Owned context = slots_.Take();
  if (context != nullptr) return context;
  const EVP_CIPHER* const cipher = Cipher();
  if (cipher == nullptr) return nullptr;
  context.reset(EVP_CIPHER_CTX_new());
  // The schedule of GCM is the same in both directions; each call sets its own.
  if (context == nullptr ||
      EVP_EncryptInit_ex2(context.get(), cipher, Bytes(KeyMaterialAccess::View(*material_)),
                          nullptr, nullptr) != 1) {
    return nullptr;
  }
  return context;
}

absl::Status AesGcm::Encrypt(absl::string_view nonce, absl::string_view plaintext,
                             absl::string_view associated_data, std::string& out) const {
  if (nonce.size() != kGcmNonceSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "nonce", "a nonce has 12 bytes");
  }
  if (plaintext.size() > kMaxGcmInputSize || associated_data.size() > kMaxGcmInputSize) {
    return ResourceExhausted(ErrorReason::kLimit, "more than one sealed field may hold");
  }
  Slots::Owned context = Keyed();
  if (context == nullptr) return CryptoFailure();

  const size_t before = out.size();
  out.resize(before + plaintext.size() + kGcmTagSize);
  auto* const ciphertext = reinterpret_cast<unsigned char*>(out.data()) + before;
  unsigned char* const tag = ciphertext + plaintext.size();
  int size = 0;
  bool ok = EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, Bytes(nonce), nullptr) == 1 &&
            AddAssociatedData(context.get(), associated_data);
  if (ok && !plaintext.empty()) {
    ok = EVP_EncryptUpdate(context.get(), ciphertext, &size, Bytes(plaintext), Size(plaintext)) ==
             1 &&
         size == Size(plaintext);
  }
  // GCM has no bytes left for the final call; `tag` stands for an output that it needs not.
  ok = ok && EVP_EncryptFinal_ex(context.get(), tag, &size) == 1 && size == 0 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag) == 1;
  if (!ok) {
    out.resize(before);
    return CryptoFailure();  // the context is freed, not kept
  }
  slots_.Put(std::move(context));
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> AesGcm::Decrypt(absl::string_view nonce, absl::string_view ciphertext,
                                            absl::string_view tag,
                                            absl::string_view associated_data) const {
  // OpenSSL itself accepts a tag of any length from one byte on (G3).
  if (nonce.size() != kGcmNonceSize || tag.size() != kGcmTagSize ||
      ciphertext.size() > kMaxGcmInputSize || associated_data.size() > kMaxGcmInputSize) {
    return DataLoss("sealed bytes of an impossible size");
  }
  Slots::Owned context = Keyed();
  if (context == nullptr) return CryptoFailure();

  // OpenSSL writes plaintext before it has seen the tag: into a buffer that is wiped on refusal.
  SecretBytes plaintext = SecretBytes::Zeros(ciphertext.size());
  auto* const out = reinterpret_cast<unsigned char*>(SecretBytesAccess::Mutable(plaintext).data());
  int size = 0;
  bool ok = EVP_DecryptInit_ex2(context.get(), nullptr, nullptr, Bytes(nonce), nullptr) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize,
                                const_cast<char*>(tag.data())) == 1 &&
            AddAssociatedData(context.get(), associated_data);
  if (ok && !ciphertext.empty()) {
    ok = EVP_DecryptUpdate(context.get(), out, &size, Bytes(ciphertext), Size(ciphertext)) == 1 &&
         size == Size(ciphertext);
  }
  if (!ok) return CryptoFailure();
  unsigned char none[kGcmTagSize];  // the final call writes nothing for GCM
  const bool verified = EVP_DecryptFinal_ex(context.get(), none, &size) == 1;
  slots_.Put(std::move(context));
  if (!verified) {
    DropOpenSslErrors();
    return DataLoss("sealed bytes do not verify: changed, moved, or sealed under another key");
  }
  return plaintext;
}

}  // namespace cardvault
