#include "keys/custody/share_commitment.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "base/access/secret_bytes_access.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "keys/openssl_error.h"

namespace cardvault {
namespace {

constexpr absl::string_view kLabel = "cardvault share commitment v1";

struct DigestDeleter {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }  // cleanses
};

}  // namespace

absl::StatusOr<std::string> ShareCommitment(absl::string_view kek_id, absl::string_view custodian,
                                            uint32_t index, const SecretBytes& share) {
  const absl::string_view secret = SecretBytesAccess::View(share);
  const std::string open = LengthPrefixed({kLabel, kek_id, custodian, BigEndian32(index)}) +
                           BigEndian32(static_cast<uint32_t>(secret.size()));
  const std::unique_ptr<EVP_MD_CTX, DigestDeleter> digest(EVP_MD_CTX_new());
  std::string commitment(kSha256Size, '\0');
  if (digest == nullptr || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(digest.get(), open.data(), open.size()) != 1 ||
      EVP_DigestUpdate(digest.get(), secret.data(), secret.size()) != 1 ||
      EVP_DigestFinal_ex(digest.get(), reinterpret_cast<unsigned char*>(commitment.data()),
                         nullptr) != 1) {
    return CryptoFailure();
  }
  return commitment;
}

bool SameCommitment(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace cardvault
