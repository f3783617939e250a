#include "server/log_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "server/audit_text.h"
#include "server/log_reader.h"

namespace cardvault {

LogWatch::LogWatch(const Engine& engine, const CommitPipeline& pipeline, uint64_t first,
                   std::optional<uint64_t> end, LogFilter filter, StreamSlots::Slot slot)
    : engine_(engine),
      pipeline_(pipeline),
      next_(first),
      end_(end),
      filter_(std::move(filter)),
      slot_(std::move(slot)) {}

absl::StatusOr<StreamStep> LogWatch::Fill(google::protobuf::Message& message) {
  const uint64_t stop = end_.has_value() ? *end_ : pipeline_.audit_entry_count();
  auto& response = static_cast<admin::v1::WatchEntriesResponse&>(message);
  const uint64_t last = std::min(stop, next_ + kMaxLookedAt);
  while (next_ < last && response.entries().empty()) {
    const uint64_t end = std::min(last, next_ + kLogBatch);
    ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries, ReadEntries(engine_, next_, end));
    for (const AuditEntry& entry : entries) {
      if (filter_.Matches(entry.leaf)) ShowEntry(entry, *response.add_entries());
    }
    next_ = end;
  }
  if (response.entries().empty() && next_ == stop) {
    return end_.has_value() ? StreamStep::kEnd : StreamStep::kPause;
  }
  return StreamStep::kSend;
}

}  // namespace cardvault
