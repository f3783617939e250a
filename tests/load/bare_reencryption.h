#ifndef CARDVAULT_TESTS_LOAD_BARE_REENCRYPTION_H_
#define CARDVAULT_TESTS_LOAD_BARE_REENCRYPTION_H_

#include <cstddef>
#include <memory>
#include <string>

namespace cardvault::testing {

struct BareSizes {
  size_t plaintext_size = 0;
  size_t key_size = 0;    // of a row
  size_t value_size = 0;  // the sealed field among it
  int rows_per_batch = 0;
};

// What re-encryption cannot be faster than: AES-256-GCM by OpenSSL, one context for each key, no
// copies, associated data as long as a card's; and RocksDB's own batches, synced. No record is
// parsed, nothing is looked up, nothing is logged. Not thread-safe.
class BareReencryption final {
 public:
  BareReencryption(const std::string& directory, BareSizes sizes);
  ~BareReencryption();

  void Run(int rows);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_BARE_REENCRYPTION_H_
