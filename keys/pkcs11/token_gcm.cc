#include "keys/pkcs11/token_gcm.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"

namespace cardvault {
namespace {

// Byte by byte: docs/formats/kek_pkcs11.md.
constexpr char kFormatVersion = 1;
constexpr size_t kNonceOffset = 1;
constexpr size_t kCiphertextOffset = kNonceOffset + kGcmNonceSize;
constexpr size_t kOverhead = kCiphertextOffset + kGcmTagSize;

// What the KEK's ciphertexts are bound to; which key is in them is bound inside (keyring.md).
constexpr absl::string_view kWrapLabel = "cardvault pkcs11 kek wrap v1";

// Room for a token that appends its nonce, so that what it did can be seen and told.
constexpr size_t kSlack = 64;

// PKCS#11 takes pointers to what it does not change.
CK_BYTE* Bytes(absl::string_view bytes) {
  return reinterpret_cast<CK_BYTE*>(const_cast<char*>(bytes.data()));
}

CK_GCM_PARAMS Parameters(absl::string_view nonce) {
  // The bits too: some modules look at them, others at the bytes.
  return {Bytes(nonce),      nonce.size(),      8 * nonce.size(),
          Bytes(kWrapLabel), kWrapLabel.size(), 8 * kGcmTagSize};
}

}  // namespace

CK_RV TokenSeal(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek,
                Pkcs11Mechanism mechanism, const SecretBytes& key, TokenSealing& out) {
  const absl::string_view bytes = SecretBytesAccess::View(key);
  CV_CHECK(bytes.size() <= kMaxTokenWrapSize);
  // Zeros ask the token for a nonce of its own.
  out.nonce_given = mechanism == Pkcs11Mechanism::kAesGcm ? RandomBytes(kGcmNonceSize)
                                                          : std::string(kGcmNonceSize, '\0');
  out.nonce = std::string(out.nonce_given.data(), out.nonce_given.size());  // bytes of its own
  CK_GCM_PARAMS parameters = Parameters(out.nonce);
  CK_MECHANISM gcm{CKM_AES_GCM, &parameters, sizeof(parameters)};
  if (const CK_RV begun = functions.C_EncryptInit(session, &gcm, kek); begun != CKR_OK) {
    return begun;
  }
  out.ciphertext_and_tag.assign(bytes.size() + kGcmTagSize + kSlack, '\0');
  CK_ULONG size = out.ciphertext_and_tag.size();
  const CK_RV done = functions.C_Encrypt(session, Bytes(bytes), bytes.size(),
                                         Bytes(out.ciphertext_and_tag), &size);
  if (done != CKR_OK) return done;
  CV_CHECK(size <= out.ciphertext_and_tag.size());
  out.ciphertext_and_tag.resize(size);
  return CKR_OK;
}

absl::StatusOr<std::string> FormatWrapped(const TokenSealing& sealing, Pkcs11Mechanism mechanism,
                                          size_t key_size) {
  const bool is_ours = sealing.nonce == sealing.nonce_given;
  if (sealing.ciphertext_and_tag.size() != key_size + kGcmTagSize) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the HSM's AES-GCM gives more or less than ciphertext and tag");
  }
  if (mechanism == Pkcs11Mechanism::kAesGcm && !is_ours) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the HSM encrypts under a nonce of its own: configure the mechanism "
                              "aes-gcm-token-nonce");
  }
  if (mechanism == Pkcs11Mechanism::kAesGcmTokenNonce && is_ours) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the HSM draws no nonce of its own: configure the mechanism aes-gcm");
  }
  return absl::StrCat(absl::string_view(&kFormatVersion, 1), sealing.nonce,
                      sealing.ciphertext_and_tag);
}

bool LooksWrapped(absl::string_view wrapped) {
  return wrapped.size() > kOverhead && wrapped.size() <= kMaxTokenWrapSize + kOverhead &&
         wrapped[0] == kFormatVersion;
}

CK_RV TokenOpen(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE kek,
                absl::string_view wrapped, SecretBytes& key) {
  CV_CHECK(LooksWrapped(wrapped));
  CK_GCM_PARAMS parameters = Parameters(wrapped.substr(kNonceOffset, kGcmNonceSize));
  CK_MECHANISM gcm{CKM_AES_GCM, &parameters, sizeof(parameters)};
  if (const CK_RV begun = functions.C_DecryptInit(session, &gcm, kek); begun != CKR_OK) {
    return begun;
  }
  const absl::string_view ciphertext = wrapped.substr(kCiphertextOffset);
  // As large as its input: modules differ in how much room they ask for.
  SecretBytes plaintext = SecretBytes::Zeros(ciphertext.size());
  CK_ULONG size = plaintext.size();
  const CK_RV done = functions.C_Decrypt(
      session, Bytes(ciphertext), ciphertext.size(),
      reinterpret_cast<CK_BYTE*>(SecretBytesAccess::Mutable(plaintext).data()), &size);
  if (done != CKR_OK) return done;
  if (size != ciphertext.size() - kGcmTagSize) return CKR_GENERAL_ERROR;
  SecretBytesAccess::Truncate(plaintext, size);
  key = std::move(plaintext);
  return CKR_OK;
}

}  // namespace cardvault
