#include "keys/custody/custodian_certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <ctime>
#include <utility>

#include "base/error_reason.h"
#include "base/error_text.h"
#include "base/sha256.h"
#include "base/status.h"
#include "keys/openssl_error.h"

namespace cardvault {
namespace {

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

absl::Status Refused(ErrorText text) {
  return InvalidArgument(ErrorReason::kFieldInvalid, "certificate", text);
}

absl::Status CheckValidity(X509* certificate, absl::Time now) {
  std::time_t at = absl::ToTimeT(now);
  // -1: the time of the certificate is not after `at`; 0: it cannot be read.
  if (X509_cmp_time(X509_get0_notAfter(certificate), &at) != 1) {
    return Refused("the custodian's certificate has expired: a share is sealed to a valid one");
  }
  if (X509_cmp_time(X509_get0_notBefore(certificate), &at) != -1) {
    return Refused("the custodian's certificate is not valid yet");
  }
  return absl::OkStatus();
}

bool OnAcceptedCurve(EVP_PKEY* key) {
  char name[32] = "";
  if (EVP_PKEY_get_group_name(key, name, sizeof(name), nullptr) != 1) return false;
  const absl::string_view curve(name);
  return curve == "prime256v1" || curve == "secp384r1" || curve == "secp521r1";
}

absl::Status CheckKey(X509* certificate) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr) return Refused("the key of the custodian's certificate cannot be read");
  uint32_t needed = 0;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    if (EVP_PKEY_get_bits(key) < kMinRsaBits) {
      return Refused("the custodian's RSA key is too weak: 3072 bits at least");
    }
    needed = KU_KEY_ENCIPHERMENT;
  } else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && OnAcceptedCurve(key)) {
    needed = KU_KEY_AGREEMENT;
  } else {
    return Refused(
        "the custodian's key is of no accepted kind: RSA of 3072 bits or more, P-256, P-384 or "
        "P-521");
  }
  // All bits when the certificate does not restrict its use.
  if ((X509_get_key_usage(certificate) & needed) == 0) {
    return Refused(
        "the custodian's certificate is not for encryption: its key usage lacks key encipherment "
        "(RSA) or key agreement (curves)");
  }
  return absl::OkStatus();
}

absl::Status CheckName(X509* certificate, absl::string_view custodian) {
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  bool names_somebody = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    if (absl::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                          static_cast<size_t>(ASN1_STRING_length(uri))) == custodian) {
      return absl::OkStatus();
    }
    names_somebody = true;
  }
  return names_somebody ? Refused("the certificate is another custodian's: its URI names differ")
                        : absl::OkStatus();
}

std::string CertificateDigest(const X509* certificate) {
  std::string digest(kSha256Size, '\0');
  const bool made = X509_digest(certificate, EVP_sha256(),
                                reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1;
  return made ? digest : "";
}

std::string KeyDigest(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(X509_get0_pubkey(certificate), &der);
  if (size <= 0) return "";
  std::string digest =
      Sha256(absl::string_view(reinterpret_cast<char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

}  // namespace

CustodianCertificate::CustodianCertificate(X509Ptr certificate, std::string sha256,
                                           std::string key_sha256)
    : certificate_(std::move(certificate)),
      sha256_(std::move(sha256)),
      key_sha256_(std::move(key_sha256)) {}

absl::StatusOr<CustodianCertificate> CustodianCertificate::Parse(absl::string_view pem,
                                                                 absl::string_view custodian,
                                                                 absl::Time now) {
  if (pem.size() > kMaxCertificatePemSize) return Refused("the certificate's file is too large");
  const BioPtr in = ReadingBio(pem);
  X509Ptr certificate(in == nullptr ? nullptr
                                    : PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  DropOpenSslErrors();
  if (certificate == nullptr) return Refused("there is no certificate in PEM form");
  RETURN_IF_ERROR(CheckValidity(certificate.get(), now));
  const absl::Status key = CheckKey(certificate.get());
  DropOpenSslErrors();  // of curves without a name, of keys that cannot be read
  RETURN_IF_ERROR(key);
  RETURN_IF_ERROR(CheckName(certificate.get(), custodian));
  std::string sha256 = CertificateDigest(certificate.get());
  std::string key_sha256 = KeyDigest(certificate.get());
  if (sha256.empty() || key_sha256.empty()) return CryptoFailure();
  return CustodianCertificate(std::move(certificate), std::move(sha256), std::move(key_sha256));
}

}  // namespace cardvault
