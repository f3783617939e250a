#ifndef CARDVAULT_VAULT_COMMIT_KEPT_CHECKPOINT_H_
#define CARDVAULT_VAULT_COMMIT_KEPT_CHECKPOINT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A checkpoint of the audit log that the store itself keeps, under the size that it is of.
struct KeptCheckpoint {
  uint64_t size = 0;
  std::string note;  // signed; docs/formats/checkpoint.md
};

std::string CheckpointKey(uint64_t size);

// The newest one of a log of `log_size` entries; nullopt when there is none. Its signature is not
// looked at: whoever can write to the store can put an older one there. DATA_LOSS when it is of
// more entries than there are, or its root is not that of the stored nodes; else as Engine::Last.
absl::StatusOr<std::optional<KeptCheckpoint>> ReadKeptCheckpoint(const Engine& engine,
                                                                 uint64_t log_size);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_KEPT_CHECKPOINT_H_
