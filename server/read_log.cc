#include "server/read_log.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "vault/commit/write_set.h"

namespace cardvault {

void ReadLog::Tell(const AuditOrigin& origin, AuditAction action, std::string object, size_t count,
                   absl::AnyInvocable<void(absl::Status) &&> then) {
  if (reads_ == AuditReads::kOpened) return std::move(then)(absl::OkStatus());
  AuditLeaf leaf{action};
  leaf.origin = origin;
  leaf.object = std::move(object);
  leaf.count = static_cast<uint32_t>(std::max<size_t>(count, 1));
  WriteSet set;
  set.leaves.push_back(std::move(leaf));
  pipeline_.Submit(std::move(set), [then = std::move(then)](CommitResult result) mutable {
    std::move(then)(std::move(result.status));
  });
}

}  // namespace cardvault
