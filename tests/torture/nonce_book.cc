#include "tests/torture/nonce_book.h"

#include "keys/crypto_sizes.h"

namespace cardvault::torture {

bool NonceBook::Enter(KeyPurpose purpose, uint32_t key_version, const std::string& sealed) {
  const std::string nonce = sealed.substr(0, kGcmNonceSize);
  return sealed_.emplace(std::tuple(purpose, key_version, nonce), sealed).first->second == sealed;
}

}  // namespace cardvault::torture
