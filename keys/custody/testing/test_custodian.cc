#include "keys/custody/testing/test_custodian.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstddef>

#include "base/check.h"

namespace cardvault {
namespace {

void AddExtension(X509* certificate, int nid, const std::string& value) {
  if (value.empty()) return;
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  CV_CHECK(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

absl::string_view Written(const BioPtr& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return absl::string_view(data, static_cast<size_t>(size));
}

}  // namespace

EvpPkeyPtr MakeCurveKey(const std::string& curve) { return EvpPkeyPtr(EVP_EC_gen(curve.c_str())); }

EvpPkeyPtr MakeRsaKey(int bits) { return EvpPkeyPtr(EVP_RSA_gen(static_cast<unsigned int>(bits))); }

std::string MakeCertificate(EVP_PKEY* key, const CertificateForm& form) {
  const X509Ptr certificate(X509_new());
  CV_CHECK(key != nullptr && certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(form.not_before));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(form.not_after));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("custodian"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  AddExtension(certificate.get(), NID_subject_alt_name, form.uri.empty() ? "" : "URI:" + form.uri);
  AddExtension(certificate.get(), NID_key_usage, form.key_usage);
  // A key on X25519 cannot sign: nobody looks at this signature.
  const EvpPkeyPtr signer = MakeCurveKey("P-256");
  CV_CHECK(X509_sign(certificate.get(), signer.get(), EVP_sha256()) > 0);
  const BioPtr out(BIO_new(BIO_s_mem()));
  CV_CHECK(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
  return std::string(Written(out).data(), Written(out).size());
}

SecretBytes PrivateKeyPem(EVP_PKEY* key, const std::string& passphrase) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  CV_CHECK(PEM_write_bio_PKCS8PrivateKey(
               out.get(), key, passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
               passphrase.empty() ? nullptr : passphrase.data(),
               static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return SecretBytes::CopyOf(Written(out));
}

}  // namespace cardvault
