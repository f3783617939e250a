#ifndef CARDVAULT_TESTS_LOAD_REENCRYPTION_RIG_H_
#define CARDVAULT_TESTS_LOAD_REENCRYPTION_RIG_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "keys/key_purpose.h"
#include "keys/keyring_holder.h"
#include "tests/testing/temp_dir.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/rocksdb_engine.h"

namespace cardvault::testing {

// What moving some rows took.
struct MovedRows {
  uint64_t rows = 0;
  absl::Duration took;
  absl::Duration processor;  // of all threads, RocksDB's own too

  double rate() const { return static_cast<double>(rows) / absl::ToDoubleSeconds(took); }
  double processor_micros() const {
    return absl::ToDoubleMicroseconds(processor) / static_cast<double>(rows);
  }
};

// A vault of this process below $TMPDIR, with cards, and what moves them to the next key. Every
// commit is synced and audited. Not thread-safe.
class ReencryptionRig final {
 public:
  explicit ReencryptionRig(int card_count);
  ~ReencryptionRig();

  const std::string& directory() const { return directory_.path(); }

  // Rotates every key and moves all rows of one purpose, as fast as it goes.
  MovedRows Reencrypt(KeyPurpose purpose);

  // The ceiling: the same number of fields of the same sizes, opened and sealed by OpenSSL alone,
  // and rows of the same sizes written by RocksDB alone, as many a batch and each batch synced.
  MovedRows Ceiling(KeyPurpose purpose);

 private:
  void StoreCards(int first, int count);

  TempDir directory_;
  std::unique_ptr<RocksDbEngine> engine_;
  KeyringHolder keyring_;
  std::unique_ptr<CommitPipeline> pipeline_;
  const int card_count_;
  uint32_t version_ = 1;
  int ceilings_ = 0;
};

}  // namespace cardvault::testing

#endif  // CARDVAULT_TESTS_LOAD_REENCRYPTION_RIG_H_
