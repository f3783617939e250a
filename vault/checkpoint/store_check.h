#ifndef CARDVAULT_VAULT_CHECKPOINT_STORE_CHECK_H_
#define CARDVAULT_VAULT_CHECKPOINT_STORE_CHECK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/note_key.h"
#include "audit/verifier/verdict.h"
#include "vault/engine/engine.h"

namespace cardvault {

struct StoreRequest {
  std::string store;  // the data directory: what a verdict names as the place
  // Whom to believe: all that signed the log, the auditor's own, of one vault. At least one.
  std::vector<NoteKey> keys;
  // What was kept outside: a note, or a log's whole outside sink; "" for nothing.
  std::string notes_path;
  // Called now and then with the number of entries so far, and of all.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

// Checks a whole audit log where it stands: hashes every entry from the first on; compares every
// stored node of the tree, every checkpoint that the store keeps and every one from outside, whose
// signatures are looked at too. kIntact when the newest one outside confirms the log, else
// kIntactUnanchored, or what is wrong first. docs/verify/README.md has the words. Memory is bounded
// whatever the log. Thread-safe.
Verdict CheckStoredLog(const EngineSnapshot& rows, const StoreRequest& request);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_STORE_CHECK_H_
