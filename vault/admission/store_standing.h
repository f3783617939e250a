#ifndef CARDVAULT_VAULT_ADMISSION_STORE_STANDING_H_
#define CARDVAULT_VAULT_ADMISSION_STORE_STANDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/restored_log.h"
#include "base/id.h"
#include "vault/admission/admission.h"
#include "vault/engine/engine.h"

namespace cardvault {

// One reason why a store is not admitted.
struct AdmissionReason {
  enum class Kind {
    kRestored,         // it was made of a backup
    kOtherMachine,     // it was made, or admitted last, on another machine
    kEntriesMissing,   // a checkpoint outside is of more entries
    kOtherHistory,     // a checkpoint outside is of other entries, or of a log after this one
    kCheckpointsGone,  // what stood outside is not there
  };
  Kind kind = Kind::kRestored;
  std::string text;  // for the operator: names backup, or file of checkpoints
  // Sequences of the entries that are missing, with kEntriesMissing: [first, end).
  uint64_t missing_first = 0;
  uint64_t missing_end = 0;
};

// "RESTORED", "OTHER_MACHINE", ...
absl::string_view AdmissionReasonName(AdmissionReason::Kind kind);
inline absl::string_view SafeForLog(const AdmissionReason::Kind& kind) {
  return AdmissionReasonName(kind);
}

// What a store is, and whether it may be served as it is. Thread-compatible.
struct StoreStanding {
  std::vector<AdmissionReason> reasons;  // empty: admitted
  std::optional<Admission> admission;    // the last one
  uint64_t log_size = 0;                 // entries of the log
  absl::Time last_entry_time = absl::InfinitePast();
  // What an admission declares of the log before: the last checkpoint outside; where the store has
  // all that stands outside, the store's own log as it is.
  RestoredLog before;

  bool is_admitted() const { return reasons.empty(); }
  uint32_t log() const { return admission.has_value() ? admission->log : kFirstLog; }
};

// What the store is compared with.
struct StandingFacts {
  const VaultId& vault;
  const std::optional<std::string>& machine;   // MachineDigest
  const std::vector<std::string>& sink_files;  // of checkpoints
};

// Judges a store before anything is written to it. Nobody's signature is looked at: whoever can
// write a file of checkpoints can only keep the vault shut with it. FAILED_PRECONDITION (FOREIGN)
// when such a file is another vault's; DATA_LOSS when a row or the log's own tree does not read
// back; else as ReadLastNote and Engine::Last.
absl::StatusOr<StoreStanding> JudgeStore(const Engine& engine, const StandingFacts& facts);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ADMISSION_STORE_STANDING_H_
