#ifndef CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_
#define CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Compares the store's log with the last checkpoint in a file that a FileSink wrote, before
// anything is written to the log: what was restored, or cut, must not go on as if it were whole.
// Nobody's signature is looked at: whoever can write that file can only keep the vault shut with
// it. FAILED_PRECONDITION (NOT_ADMITTED) when the log is shorter than the checkpoint says, or
// another (the process log has both sizes); or of entries that were retired since; or when the
// store has a checkpoint and the file, which is no pipe, has none: whoever takes it away, or
// forgets to mount it, must not make an old directory pass. FAILED_PRECONDITION (FOREIGN) for a
// checkpoint of another origin; else as ReadLastNote and Engine::Last.
absl::Status CompareWithOutside(const Engine& engine, absl::string_view origin,
                                const std::string& path);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_OUTSIDE_LOG_H_
