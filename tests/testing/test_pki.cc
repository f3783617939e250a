#include "tests/testing/test_pki.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace cardvault::testing {
namespace {

constexpr long kBackdateSeconds = 3600;
constexpr long kLifeSeconds = 24 * 3600;

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;

template <typename Write>
std::string ToPem(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  CV_CHECK(write(memory) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  CV_CHECK(extension != nullptr);
  CV_CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

X509Ptr NewCertificate(EVP_PKEY* key, const std::string& common_name, X509* issuer) {
  X509Ptr certificate(X509_new());
  CV_CHECK(certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  uint64_t serial = 0;
  CV_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial)) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kBackdateSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kLifeSeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), issuer == nullptr ? name : X509_get_subject_name(issuer));
  return certificate;
}

}  // namespace

class TestPki::Keys {
 public:
  KeyPtr ca_key;
  X509Ptr ca;
};

TestPki::TestPki() : keys_(std::make_unique<Keys>()) {
  keys_->ca_key.reset(EVP_EC_gen("P-256"));
  CV_CHECK(keys_->ca_key != nullptr);
  keys_->ca = NewCertificate(keys_->ca_key.get(), "cardvault test CA", nullptr);
  AddExtension(keys_->ca.get(), keys_->ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(keys_->ca.get(), keys_->ca.get(), NID_key_usage, "critical,keyCertSign");
  CV_CHECK(X509_sign(keys_->ca.get(), keys_->ca_key.get(), EVP_sha256()) > 0);
  ca_pem_ = ToPem([&](BIO* out) { return PEM_write_bio_X509(out, keys_->ca.get()); });
}

TestPki::~TestPki() = default;

PemPair TestPki::Server() const { return Issue("localhost", "DNS:localhost,IP:127.0.0.1"); }

PemPair TestPki::Client(const std::string& uri) const {
  return Issue("client", uri.empty() ? "" : "URI:" + uri);
}

PemPair TestPki::Issue(const std::string& common_name, const std::string& alternative_names) const {
  KeyPtr key(EVP_EC_gen("P-256"));
  CV_CHECK(key != nullptr);
  X509Ptr certificate = NewCertificate(key.get(), common_name, keys_->ca.get());
  if (!alternative_names.empty()) {
    AddExtension(certificate.get(), keys_->ca.get(), NID_subject_alt_name, alternative_names);
  }
  CV_CHECK(X509_sign(certificate.get(), keys_->ca_key.get(), EVP_sha256()) > 0);
  return {ToPem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }),
          ToPem([&](BIO* out) {
            return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr,
                                                 nullptr);
          })};
}

}  // namespace cardvault::testing
