#ifndef CARDVAULT_TESTS_TORTURE_NONCE_BOOK_H_
#define CARDVAULT_TESTS_TORTURE_NONCE_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "keys/key_purpose.h"

namespace cardvault::torture {

// Every sealed value of a vault that was ever seen. Not thread-safe.
class NonceBook final {
 public:
  enum class Verdict { kFine, kNonceReused, kSealedAfterEnd };

  // nonce (12 bytes), ciphertext, tag. The same value may be seen many times, and the key may not
  // have sealed another one with this nonce.
  Verdict Enter(KeyPurpose purpose, uint32_t key_version, const std::string& sealed);

  // After a restore: the version and those before it belong to a history that is lost, with nonces
  // that nobody knows any more, so from now on they seal nothing that was not entered.
  void EndVersions(KeyPurpose purpose, uint32_t last_version);

  // Different values.
  size_t size() const { return sealed_.size(); }

 private:
  std::map<KeyPurpose, uint32_t> ended_;
  // By purpose, version and nonce.
  std::map<std::tuple<KeyPurpose, uint32_t, std::string>, std::string> sealed_;
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_NONCE_BOOK_H_
