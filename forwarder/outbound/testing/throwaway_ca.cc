#include "forwarder/outbound/testing/throwaway_ca.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/random.h"

namespace cardvault {
namespace {

constexpr long kValidity = 24 * 60 * 60;  // NOLINT(runtime/int): OpenSSL's; seconds

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  CV_CHECK(extension != nullptr);
  CV_CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Everything but extensions and signature.
TlsIdentity NewIdentity(const std::string& common_name) {
  TlsIdentity identity;
  identity.key.reset(EVP_EC_gen("P-256"));
  identity.certificate.reset(X509_new());
  X509* const certificate = identity.certificate.get();
  CV_CHECK(identity.key != nullptr && certificate != nullptr);
  CV_CHECK(X509_set_version(certificate, X509_VERSION_3) == 1);
  const std::string serial = RandomBytes(8);
  ASN1_INTEGER* const number = X509_get_serialNumber(certificate);
  CV_CHECK(ASN1_INTEGER_set_uint64(
               number, static_cast<uint64_t>(std::hash<std::string>()(serial) >> 1)) == 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kValidity);
  CV_CHECK(X509_set_pubkey(certificate, identity.key.get()) == 1);
  CV_CHECK(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common_name.c_str()),
                                      -1, -1, 0) == 1);
  return identity;
}

}  // namespace

ThrowawayCa::ThrowawayCa() : self_(NewIdentity("cardvault throw-away CA")) {
  X509* const certificate = self_.certificate.get();
  CV_CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1);
  AddExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  AddExtension(certificate, certificate, NID_subject_key_identifier, "hash");
  CV_CHECK(X509_sign(certificate, self_.key.get(), EVP_sha256()) > 0);
}

void ThrowawayCa::WriteTo(const std::string& path) const {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  CV_CHECK(file != nullptr);
  CV_CHECK(PEM_write_X509(file, self_.certificate.get()) == 1);
  CV_CHECK(std::fclose(file) == 0);
}

TlsIdentity ThrowawayCa::Issue(const std::vector<std::string>& names) const {
  TlsIdentity identity = NewIdentity("cardvault throw-away server");
  X509* const certificate = identity.certificate.get();
  X509* const issuer = self_.certificate.get();
  CV_CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
  AddExtension(certificate, issuer, NID_subject_alt_name, absl::StrJoin(names, ","));
  AddExtension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  AddExtension(certificate, issuer, NID_authority_key_identifier, "keyid");
  CV_CHECK(X509_sign(certificate, self_.key.get(), EVP_sha256()) > 0);
  return identity;
}

std::string PinOf(const X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
  CV_CHECK(size > 0);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(der, static_cast<size_t>(size), digest);
  OPENSSL_free(der);
  return absl::StrCat("sha256//", absl::Base64Escape(absl::string_view(
                                      reinterpret_cast<const char*>(digest), sizeof(digest))));
}

}  // namespace cardvault
