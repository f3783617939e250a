#ifndef CARDVAULT_KEYS_CUSTODY_OPENSSL_HANDLES_H_
#define CARDVAULT_KEYS_CUSTODY_OPENSSL_HANDLES_H_

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/string_view.h"

namespace cardvault {

// OpenSSL's objects, freed when they go.
template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using EvpPkeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;

// Reads `bytes` in place; null without memory.
inline BioPtr ReadingBio(absl::string_view bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_OPENSSL_HANDLES_H_
