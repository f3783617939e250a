#ifndef CARDVAULT_VAULT_ADMISSION_ADMISSION_H_
#define CARDVAULT_VAULT_ADMISSION_ADMISSION_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit/restored_log.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The log of a vault that was never admitted after a restore.
inline constexpr uint32_t kFirstLog = 1;

// How a store was admitted after a restore, the last time. Thread-compatible.
struct Admission {
  uint32_t log = 0;            // that began with it, from 2
  uint64_t restored_size = 0;  // entries that were restored: the sequence of its log.restored
  RestoredLog before;
  absl::Time admit_time;
  // Until then a payment id that the ledger does not know is looked up upstream before it is sent.
  absl::Time look_up_until;
  // Of the last restored entry: deletions from then on may be missing.
  absl::Time deletions_missing_from;

  friend bool operator==(const Admission&, const Admission&) = default;
};

// nullopt for a store that was never restored. DATA_LOSS for a row that does not parse, or of which
// the log says otherwise; else as Engine::Get. Thread-safe.
absl::StatusOr<std::optional<Admission>> ReadAdmission(const Engine& engine);

// What records it, instead of an earlier one.
WriteSet::Put AdmissionPut(const Admission& admission);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ADMISSION_ADMISSION_H_
