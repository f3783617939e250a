#ifndef CARDVAULT_AUDIT_RESTORED_LOG_H_
#define CARDVAULT_AUDIT_RESTORED_LOG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "audit/tree_hash.h"

namespace cardvault {

// What the first entry of a log after a restore, log.restored, says in its object: the log before,
// by its number, and the last checkpoint of it that stood outside. The entry's own sequence is the
// number of entries that were restored: they stay, and the new log goes on behind them.
struct RestoredLog {
  uint32_t log = 0;   // from 1
  uint64_t size = 0;  // of the checkpoint
  TreeHash root = {};

  friend bool operator==(const RestoredLog&, const RestoredLog&) = default;
};

// "log 1 size 12345 root BASE64", at most 89 bytes.
std::string FormatRestoredLog(const RestoredLog& restored);

// Nothing for a text that FormatRestoredLog does not write.
std::optional<RestoredLog> ParseRestoredLog(absl::string_view object);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_RESTORED_LOG_H_
