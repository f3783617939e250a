#include "cli/client_identity.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace cardvault::cli {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// OpenSSL would ask on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

std::unique_ptr<BIO, Free> Reader(const std::string& text) {
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::unique_ptr<X509, Free> Certificate(const std::string& text) {
  return std::unique_ptr<X509, Free>(
      PEM_read_bio_X509(Reader(text).get(), nullptr, NoPassphrase, nullptr));
}

}  // namespace

std::string IdentityMistake(const Profile& profile, const ClientIdentity& identity,
                            const grpc::SslCredentialsOptions& options) {
  const std::unique_ptr<X509, Free> ca = Certificate(options.pem_root_certs);
  const std::unique_ptr<X509, Free> certificate = Certificate(options.pem_cert_chain);
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(
      Reader(options.pem_private_key).get(), nullptr, NoPassphrase, nullptr));
  const bool pair = certificate != nullptr && key != nullptr &&
                    X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (ca == nullptr) return absl::StrCat(profile.ca, " holds no PEM certificate");
  if (certificate == nullptr) {
    return absl::StrCat(identity.certificate, " holds no PEM certificate");
  }
  if (key == nullptr) {
    return absl::StrCat(identity.private_key, " holds no PEM private key without a passphrase");
  }
  if (pair) return "";
  return absl::StrCat(identity.private_key, " is not the key of ", identity.certificate);
}

}  // namespace cardvault::cli
