#include "base/random.h"

#include <openssl/rand.h>

#include <limits>

#include "absl/types/span.h"
#include "base/access/secret_bytes_access.h"
#include "base/check.h"

namespace cardvault {
namespace {

constexpr size_t kMaxRequest = std::numeric_limits<int>::max();

}  // namespace

void FillRandom(char* out, size_t size_bytes) {
  CV_CHECK(size_bytes <= kMaxRequest);
  CV_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(size_bytes)) == 1);
}

std::string RandomBytes(size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  FillRandom(bytes.data(), bytes.size());
  return bytes;
}

void FillSecretRandom(char* out, size_t size_bytes) {
  CV_CHECK(size_bytes <= kMaxRequest);
  CV_CHECK(RAND_priv_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(size_bytes)) ==
           1);
}

SecretBytes RandomSecretBytes(size_t size_bytes) {
  SecretBytes bytes = SecretBytes::Zeros(size_bytes);
  const absl::Span<char> out = SecretBytesAccess::Mutable(bytes);
  FillSecretRandom(out.data(), out.size());
  return bytes;
}

}  // namespace cardvault
