#ifndef CARDVAULT_AUDIT_RETIRED_LOG_H_
#define CARDVAULT_AUDIT_RETIRED_LOG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "audit/tree_hash.h"

namespace cardvault {

// What an entry log.retired says in its object: the entries that were dropped with it, and the root
// of the tree of all entries before the first that is left. So what is left goes on to prove what
// was there.
struct RetiredLog {
  uint64_t first = 0;
  uint64_t end = 0;    // behind the last one that was dropped; above `first`
  TreeHash root = {};  // of the first `end` entries

  friend bool operator==(const RetiredLog&, const RetiredLog&) = default;
};

// "0..65535 root BASE64": the last one is meant, as people count. At most 92 bytes.
std::string FormatRetiredLog(const RetiredLog& retired);

// Nothing for a text that FormatRetiredLog does not write.
std::optional<RetiredLog> ParseRetiredLog(absl::string_view object);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_RETIRED_LOG_H_
