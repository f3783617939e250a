#ifndef CARDVAULT_FORWARDER_OUTBOUND_TESTING_THROWAWAY_CA_H_
#define CARDVAULT_FORWARDER_OUTBOUND_TESTING_THROWAWAY_CA_H_

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace cardvault {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using TlsKey = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using TlsCertificate = std::unique_ptr<X509, CertificateDeleter>;

struct TlsIdentity {
  TlsKey key;
  TlsCertificate certificate;
};

// A certificate authority that lives as long as one test. Thread-compatible.
class ThrowawayCa final {
 public:
  ThrowawayCa();

  // PEM, for libcurl's CAINFO. Written to `path`.
  void WriteTo(const std::string& path) const;

  // A server's key and certificate, valid for these subjectAltNames ("DNS:localhost",
  // "IP:127.0.0.1").
  TlsIdentity Issue(const std::vector<std::string>& names) const;

 private:
  TlsIdentity self_;
};

// libcurl's pin of a public key: "sha256//" and base64.
std::string PinOf(const X509& certificate);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_TESTING_THROWAWAY_CA_H_
