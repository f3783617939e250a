#ifndef CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_
#define CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "audit/restored_log.h"
#include "base/id.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What a file of checkpoints, which a FileSink wrote, says last of a vault's logs.
struct OutsideLog {
  std::optional<RestoredLog> checkpoint;
  // The store has a checkpoint and the file, which is no pipe, has none: whoever takes it away, or
  // forgets to mount it, must not make an old directory pass.
  bool is_gone = false;
};

// Nobody's signature is looked at. FAILED_PRECONDITION (FOREIGN) for a checkpoint of another
// vault's; else as ReadLastNote and Engine::Last. Thread-safe.
absl::StatusOr<OutsideLog> ReadOutsideLog(const Engine& engine, const VaultId& vault,
                                          const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_
