#ifndef CARDVAULT_VAULT_ADMISSION_RESTORE_MARK_H_
#define CARDVAULT_VAULT_ADMISSION_RESTORE_MARK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The row of table meta that bears the mark: what admits the store deletes it.
inline constexpr absl::string_view kRestoreMarkKey = "restored";

// What a directory says that was made of a backup and was not admitted since. It serves no cards
// and no payments before it is: what was done after the backup is not in it.
struct RestoreMark {
  std::string backup_id;
  absl::Time backup_time;
  uint64_t log_size = 0;  // entries of the audit log in the backup
  absl::Time restore_time;

  friend bool operator==(const RestoreMark&, const RestoreMark&) = default;
};

// Marks the store, instead of an earlier mark; durable when this returns. For what restores a
// backup, while no vault runs on the store: it is the one write beside the commit pipeline and
// leaves no audit entry. Times are kept to the microsecond. Errors as EngineBatch::Commit.
absl::Status PutRestoreMark(Engine& engine, const RestoreMark& mark);

// nullopt for a store without a mark. DATA_LOSS for a row that does not parse or has an unknown
// format version, as such a store is not admitted either; else as Engine::Get.
absl::StatusOr<std::optional<RestoreMark>> ReadRestoreMark(const Engine& engine);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_ADMISSION_RESTORE_MARK_H_
