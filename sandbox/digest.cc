#include "sandbox/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

namespace cardvault::sandbox {
namespace {

std::string Hex(const unsigned char* data, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) {
    hex.push_back(kDigits[data[i] >> 4]);
    hex.push_back(kDigits[data[i] & 15]);
  }
  return hex;
}

std::string DigestHex(const EVP_MD* algorithm, absl::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  // Fails only when OpenSSL itself is broken: there is no gateway without it.
  if (EVP_Digest(data.data(), data.size(), digest, &size, algorithm, nullptr) != 1) std::abort();
  return Hex(digest, size);
}

}  // namespace

std::string Sha256Hex(absl::string_view data) { return DigestHex(EVP_sha256(), data); }

std::string Sha384Hex(absl::string_view data) { return DigestHex(EVP_sha384(), data); }

std::string HmacSha256Base64(absl::string_view key, absl::string_view data) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(data.data()), data.size(), mac,
           &size) == nullptr) {
    std::abort();
  }
  return Base64(absl::string_view(reinterpret_cast<const char*>(mac), size));
}

std::string Base64(absl::string_view data) {
  std::string encoded(4 * ((data.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(data.data()),
                                   static_cast<int>(data.size()));
  encoded.resize(static_cast<size_t>(size));
  return encoded;
}

bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace cardvault::sandbox
