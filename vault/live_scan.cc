#include "vault/live_scan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<std::vector<std::string>> ScanPositions(const Engine& engine, Table table,
                                                       absl::Span<const std::string> prefixes,
                                                       absl::string_view after, size_t max_count,
                                                       size_t position_size) {
  std::vector<std::string> positions;
  for (const std::string& prefix : prefixes) {
    std::string first = absl::StrCat(prefix, after);
    if (!after.empty()) first.push_back('\0');
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     engine.Scan(table, first, PrefixEnd(prefix), max_count));
    for (const KeyedRow& row : rows) {
      if (row.key.size() != prefix.size() + position_size) {
        return DataLoss("a listing row's key has a wrong size");
      }
      positions.push_back(row.key.substr(prefix.size()));
    }
  }
  // Each version gave its first ones, so the first of all are among them.
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  if (positions.size() > max_count) positions.resize(max_count);
  return positions;
}

}  // namespace cardvault
