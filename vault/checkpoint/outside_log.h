#ifndef CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_
#define CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/restored_log.h"
#include "base/id.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What a file of checkpoints, which a FileSink wrote, says of a vault's logs.
struct OutsideLog {
  // The newest of all that stand in it, wherever: whoever can append may put an older one last.
  std::optional<RestoredLog> checkpoint;
  std::string note;  // that one
  // The store has a checkpoint and the file, which is no pipe, has none: whoever takes it away, or
  // forgets to mount it, must not make an old directory pass.
  bool is_gone = false;
};

// What a signed note says of a vault's logs. Nobody's signature is looked at. FAILED_PRECONDITION
// (FOREIGN) for one of another vault, or what is no checkpoint. Thread-safe.
absl::StatusOr<RestoredLog> ParseOutside(absl::string_view bytes, const VaultId& vault);

// Nobody's signature is looked at. FAILED_PRECONDITION (FOREIGN) when one of them is another
// vault's, or none at all; else as ReadNotes and Engine::Last. Thread-safe.
absl::StatusOr<OutsideLog> ReadOutsideLog(const Engine& engine, const VaultId& vault,
                                          const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_
