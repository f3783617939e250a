#ifndef CARDVAULT_REENCRYPTION_STORED_JOB_H_
#define CARDVAULT_REENCRYPTION_STORED_JOB_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "cardvault/storage/v1/reencryption.pb.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The job as it stands in the store: table keys, row "reencryption". Not thread-safe.
struct StoredJob {
  storage::v1::ReencryptionRow row;  // STATE_UNSPECIFIED: there never was one
  std::optional<uint64_t> revision;  // of the row; nullopt: there is none

  // DATA_LOSS for a row that does not parse or has an unknown format version; else as Engine::Get.
  static absl::StatusOr<StoredJob> Read(const Engine& engine);

  // Puts `next` in place of what was read, as the first precondition of an empty set: another's
  // hand on the job makes the set fail there.
  void Replace(storage::v1::ReencryptionRow next, WriteSet& set) const;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_STORED_JOB_H_
