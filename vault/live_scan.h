#ifndef CARDVAULT_VAULT_LIVE_SCAN_H_
#define CARDVAULT_VAULT_LIVE_SCAN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// What of an index stands under several versions of the row-index key, as if it stood under one:
// up to `max_count` positions behind `after` ("": from the first) in their order, each once. A
// position is what follows one of `prefixes` in a row's key, `position_size` bytes; DATA_LOSS when
// there is another number of them. The active version's prefix is the last (LiveRowKeys): a row
// that moves there meanwhile is not missed. Thread-safe.
absl::StatusOr<std::vector<std::string>> ScanPositions(const Engine& engine, Table table,
                                                       absl::Span<const std::string> prefixes,
                                                       absl::string_view after, size_t max_count,
                                                       size_t position_size);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_LIVE_SCAN_H_
