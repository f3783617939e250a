#include "base/access/secret_bytes_access.h"

#include <openssl/crypto.h>

#include "base/check.h"

namespace cardvault {

void SecretBytesAccess::Truncate(SecretBytes& bytes, size_t size_bytes) {
  CV_CHECK(size_bytes <= bytes.size_);
  if (bytes.data_ == nullptr) return;
  OPENSSL_cleanse(bytes.data_ + size_bytes, bytes.size_ - size_bytes);
  bytes.size_ = size_bytes;
}

}  // namespace cardvault
