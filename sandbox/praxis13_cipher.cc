#include "sandbox/praxis13_cipher.h"

#include <openssl/evp.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

// Above any encrypted card field.
constexpr size_t kEncryptedBytesMax = 256;

std::string LeftPadded(absl::string_view text, size_t size) {
  return absl::StrCat(std::string(size - text.size(), '0'), text);
}

const unsigned char* BytesOf(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> DecryptPraxis13Field(absl::string_view encrypted,
                                                absl::string_view merchant_secret,
                                                absl::string_view timestamp) {
  if (merchant_secret.size() > kPraxis13SecretBytesMax ||
      timestamp.size() > kPraxis13TimestampBytesMax || encrypted.size() > kEncryptedBytesMax) {
    return std::nullopt;
  }
  std::string cipher_text;
  // The decoder is lenient; a field has one right spelling.
  if (!absl::Base64Unescape(encrypted, &cipher_text) || Base64(cipher_text) != encrypted) {
    return std::nullopt;
  }
  const std::string key = LeftPadded(merchant_secret, kPraxis13SecretBytesMax);
  const std::string iv = LeftPadded(timestamp, kPraxis13TimestampBytesMax);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string clear(cipher_text.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  auto* out = reinterpret_cast<unsigned char*>(clear.data());
  int size = 0;
  int last_size = 0;
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, BytesOf(key), BytesOf(iv)) !=
          1 ||
      EVP_DecryptUpdate(context.get(), out, &size, BytesOf(cipher_text),
                        static_cast<int>(cipher_text.size())) != 1 ||
      EVP_DecryptFinal_ex(context.get(), out + size, &last_size) != 1) {
    return std::nullopt;
  }
  clear.resize(static_cast<size_t>(size + last_size));
  return clear;
}

}  // namespace cardvault::sandbox
