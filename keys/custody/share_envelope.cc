#include "keys/custody/share_envelope.h"

// cms.h declares its PEM functions only behind pem.h.
// clang-format off
#include <openssl/pem.h>
#include <openssl/cms.h>
// clang-format on
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <cstring>
#include <memory>

#include "absl/types/span.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/crypto_sizes.h"
#include "keys/custody/envelope_tag.h"
#include "keys/custody/openssl_handles.h"
#include "keys/openssl_error.h"

namespace cardvault {
namespace {

using CmsPtr = std::unique_ptr<CMS_ContentInfo, OpensslDeleter<CMS_ContentInfo_free>>;

constexpr unsigned int kSealFlags = CMS_BINARY | CMS_PARTIAL;

absl::Status ShareRefused() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                         "the share does not open: it is not this key's, or was changed");
}

// OpenSSL's defaults are PKCS #1 v1.5 and SHA-1.
bool ChooseAlgorithms(EVP_PKEY_CTX* recipient, EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    return EVP_PKEY_CTX_set_rsa_padding(recipient, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(recipient, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(recipient, EVP_sha256()) == 1;
  }
  return EVP_PKEY_CTX_set_ecdh_kdf_md(recipient, EVP_sha256()) == 1;
}

// Not CMS_final, nor CMS_decrypt below: they copy the clear text through a buffer on the stack and
// one on the heap and wipe neither. The cipher's own buffer is cleansed when it is freed.
bool WriteContent(CMS_ContentInfo* cms, const SecretBytes& content) {
  const BioPtr chain(CMS_dataInit(cms, nullptr));
  if (chain == nullptr) return false;
  const absl::string_view bytes = SecretBytesAccess::View(content);
  const int size = static_cast<int>(bytes.size());
  return BIO_write(chain.get(), bytes.data(), size) == size && BIO_flush(chain.get()) == 1 &&
         CMS_dataFinal(cms, chain.get()) == 1;
}

// Gives nothing away unless the tag was right.
absl::StatusOr<SecretBytes> ReadContent(CMS_ContentInfo* cms) {
  const BioPtr chain(CMS_dataInit(cms, nullptr));
  if (chain == nullptr) return ShareRefused();
  SecretBytes content = SecretBytes::Zeros(kMaxEnvelopeContentSize);
  const absl::Span<char> out = SecretBytesAccess::Mutable(content);
  size_t size = 0;
  while (size < out.size()) {
    const int got = BIO_read(chain.get(), out.data() + size, static_cast<int>(out.size() - size));
    if (got <= 0) break;
    size += static_cast<size_t>(got);
  }
  // A content that fills the room may go on, and its tag was not seen.
  if (size == out.size() || BIO_get_cipher_status(chain.get()) != 1) return ShareRefused();
  SecretBytesAccess::Truncate(content, size);
  return content;
}

struct Asked {
  const PassphraseSource* source;
  absl::Status status;
};

int GivePassphrase(char* out, int size, int /*writing*/, void* asked_pointer) {
  auto* const asked = static_cast<Asked*>(asked_pointer);
  if (*asked->source == nullptr) {
    asked->status = InvalidArgument(ErrorReason::kFieldInvalid, "private_key",
                                    "the private key has a passphrase, and none was given");
    return -1;
  }
  const absl::StatusOr<SecretBytes> passphrase = (*asked->source)();
  if (!passphrase.ok()) {
    asked->status = passphrase.status();
    return -1;
  }
  if (passphrase->size() > static_cast<size_t>(size)) return -1;
  const absl::string_view bytes = SecretBytesAccess::View(*passphrase);
  std::memcpy(out, bytes.data(), bytes.size());
  return static_cast<int>(bytes.size());
}

absl::StatusOr<EvpPkeyPtr> ReadPrivateKey(const SecretBytes& pem,
                                          const PassphraseSource& passphrase) {
  Asked asked{&passphrase, absl::OkStatus()};
  const BioPtr in = ReadingBio(SecretBytesAccess::View(pem));
  EvpPkeyPtr key(in == nullptr
                     ? nullptr
                     : PEM_read_bio_PrivateKey(in.get(), nullptr, &GivePassphrase, &asked));
  DropOpenSslErrors();
  RETURN_IF_ERROR(asked.status);
  if (key == nullptr) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "private_key",
                           "there is no private key in PEM form, or its passphrase is another");
  }
  return key;
}

}  // namespace

absl::StatusOr<std::string> SealToCertificate(const SecretBytes& content,
                                              const CustodianCertificate& recipient) {
  CV_CHECK(!content.empty() && content.size() < kMaxEnvelopeContentSize);
  const CmsPtr cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), kSealFlags));
  if (cms == nullptr) return CryptoFailure();
  CMS_RecipientInfo* const info =
      CMS_add1_recipient_cert(cms.get(), recipient.get(), kSealFlags | CMS_KEY_PARAM);
  if (info == nullptr ||
      !ChooseAlgorithms(CMS_RecipientInfo_get0_pkey_ctx(info), X509_get0_pubkey(recipient.get())) ||
      !WriteContent(cms.get(), content)) {
    return CryptoFailure();
  }
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || PEM_write_bio_CMS(out.get(), cms.get()) != 1) return CryptoFailure();
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);  // NOLINT(runtime/int): OpenSSL's type
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<SecretBytes> OpenEnvelope(absl::string_view envelope_pem,
                                         const SecretBytes& private_key_pem,
                                         const PassphraseSource& passphrase) {
  if (envelope_pem.size() > kMaxEnvelopePemSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "share", "the share's file is too large");
  }
  const BioPtr in = ReadingBio(envelope_pem);
  const CmsPtr cms(in == nullptr ? nullptr : PEM_read_bio_CMS(in.get(), nullptr, nullptr, nullptr));
  DropOpenSslErrors();
  if (cms == nullptr ||
      OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_id_smime_ct_authEnvelopedData) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "share",
                           "there is no sealed share in PEM form");
  }
  // OpenSSL compares as much of a tag as the envelope has, be it one byte.
  if (EnvelopeTagSize(cms.get()) != kGcmTagSize) return ShareRefused();
  ASSIGN_OR_RETURN(const EvpPkeyPtr key, ReadPrivateKey(private_key_pem, passphrase));
  absl::StatusOr<SecretBytes> content = ShareRefused();
  if (CMS_decrypt_set1_pkey(cms.get(), key.get(), nullptr) == 1) content = ReadContent(cms.get());
  DropOpenSslErrors();
  return content;
}

}  // namespace cardvault
