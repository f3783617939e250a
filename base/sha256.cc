#include "base/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace cardvault {

std::string Sha256(absl::string_view bytes) {
  std::string digest(kSha256Size, '\0');
  unsigned int size = 0;
  CV_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                      &size, EVP_sha256(), nullptr) == 1);
  CV_CHECK(size == kSha256Size);
  return digest;
}

}  // namespace cardvault
