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
  // nonce (12 bytes), ciphertext, tag. The same value may be seen many times; false when the key
  // sealed another one with this nonce.
  bool Enter(KeyPurpose purpose, uint32_t key_version, const std::string& sealed);

  // Different values.
  size_t size() const { return sealed_.size(); }

 private:
  // By purpose, version and nonce.
  std::map<std::tuple<KeyPurpose, uint32_t, std::string>, std::string> sealed_;
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_NONCE_BOOK_H_
