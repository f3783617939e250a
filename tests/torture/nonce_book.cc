#include "tests/torture/nonce_book.h"

#include <algorithm>

#include "keys/crypto_sizes.h"

namespace cardvault::torture {

NonceBook::Verdict NonceBook::Enter(KeyPurpose purpose, uint32_t key_version,
                                    const std::string& sealed) {
  const std::string nonce = sealed.substr(0, kGcmNonceSize);
  const auto [entry, is_new] = sealed_.emplace(std::tuple(purpose, key_version, nonce), sealed);
  if (entry->second != sealed) return Verdict::kNonceReused;
  const auto ended = ended_.find(purpose);
  const bool is_ended = ended != ended_.end() && key_version <= ended->second;
  return is_new && is_ended ? Verdict::kSealedAfterEnd : Verdict::kFine;
}

void NonceBook::EndVersions(KeyPurpose purpose, uint32_t last_version) {
  uint32_t& ended = ended_[purpose];
  ended = std::max(ended, last_version);
}

}  // namespace cardvault::torture
