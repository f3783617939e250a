#include "server/tls_files.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

namespace cardvault {
namespace {

constexpr char kReadable[] = "give the user that runs cardvaultd read permission";

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* object) const { Free(object); }
};
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;

struct FileCloser {
  void operator()(FILE* file) const { fclose(file); }
};
using FilePtr = std::unique_ptr<FILE, FileCloser>;

FilePtr Open(const std::string& path, std::vector<FileMistake>& mistakes) {
  FilePtr file(fopen(path.c_str(), "re"));
  if (file == nullptr) {
    mistakes.push_back(
        errno == ENOENT ? FileMistake{path, "there is no such file",
                                      "correct the path in cardvault.yaml, or put the file there"}
                        : FileMistake{path, "cannot be read", kReadable});
  }
  return file;
}

X509Ptr ReadCertificate(const std::string& path, std::vector<FileMistake>& mistakes) {
  FilePtr file = Open(path, mistakes);
  if (file == nullptr) return nullptr;
  X509Ptr certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) {
    mistakes.push_back(
        {path, "holds no certificate in PEM form", "it must begin with a line BEGIN CERTIFICATE"});
    return nullptr;
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) {
    mistakes.push_back({path, "the certificate has expired", "issue a new one"});
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) >= 0) {
    mistakes.push_back(
        {path, "the certificate is not valid yet", "check the clock of this machine"});
  }
  return certificate;
}

KeyPtr ReadKey(const std::string& path, std::vector<FileMistake>& mistakes) {
  FilePtr file = Open(path, mistakes);
  if (file == nullptr) return nullptr;
  struct stat info;
  if (fstat(fileno(file.get()), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    mistakes.push_back(
        {path, "others than its owner may use the private key", "run: chmod 600 on the file"});
  }
  KeyPtr key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    mistakes.push_back({path, "holds no private key in PEM form without a password",
                        "it must begin with a line BEGIN PRIVATE KEY"});
  }
  return key;
}

}  // namespace

std::vector<FileMistake> CheckTlsFiles(const ListenerConfig& listener) {
  std::vector<FileMistake> mistakes;
  const X509Ptr certificate = ReadCertificate(listener.certificate, mistakes);
  const KeyPtr key = ReadKey(listener.private_key, mistakes);
  ReadCertificate(listener.client_ca, mistakes);
  if (certificate != nullptr && key != nullptr &&
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    mistakes.push_back({listener.private_key, "is not the key of the certificate",
                        "certificate and private_key must belong together"});
  }
  return mistakes;
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(const ListenerConfig& listener) {
  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      listener.private_key, listener.certificate, listener.client_ca, kCertificateRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace cardvault
