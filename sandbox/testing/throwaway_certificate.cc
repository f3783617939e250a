#include "sandbox/testing/throwaway_certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace cardvault::sandbox {
namespace {

void Require(bool done) {
  if (!done) std::abort();
}

}  // namespace

void WriteThrowawayCertificate(const std::string& cert_path, const std::string& key_path) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* cert = X509_new();
  Require(key != nullptr && cert != nullptr);
  X509_set_version(cert, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -60);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME* name = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("sandbox"), -1, -1, 0);
  X509_set_issuer_name(cert, name);
  X509_EXTENSION* alternative =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  Require(alternative != nullptr && X509_add_ext(cert, alternative, -1) == 1 &&
          X509_sign(cert, key, EVP_sha256()) > 0);

  std::FILE* cert_file = std::fopen(cert_path.c_str(), "w");
  std::FILE* key_file = std::fopen(key_path.c_str(), "w");
  Require(cert_file != nullptr && key_file != nullptr && PEM_write_X509(cert_file, cert) == 1 &&
          PEM_write_PrivateKey(key_file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(cert_file);
  std::fclose(key_file);
  X509_EXTENSION_free(alternative);
  X509_free(cert);
  EVP_PKEY_free(key);
}

}  // namespace cardvault::sandbox
