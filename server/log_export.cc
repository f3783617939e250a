#include "server/log_export.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "audit/export/export_segment.h"
#include "base/status.h"
#include "server/audit_text.h"
#include "server/log_reader.h"

namespace cardvault {
namespace {

// Those of the entries of two segments, and what stands above them.
constexpr size_t kMaxRememberedNodes = 4096;

}  // namespace

absl::StatusOr<TreeHash> RememberedNodes::Node(const NodeId& id) {
  if (const auto found = nodes_.find({id.level, id.index}); found != nodes_.end()) {
    return found->second;
  }
  ASSIGN_OR_RETURN(const TreeHash hash, store_.Node(id));
  if (nodes_.size() == kMaxRememberedNodes) nodes_.clear();
  nodes_[{id.level, id.index}] = hash;
  return hash;
}

LogExport::LogExport(const Engine& engine, admin::v1::ExportHeader header, LogFilter filter,
                     StreamSlots::Slot slot, uint64_t max_entries)
    : engine_(engine),
      header_(std::move(header)),
      filter_(std::move(filter)),
      slot_(std::move(slot)),
      max_entries_(max_entries),
      nodes_(engine),
      next_(header_.first()),
      segment_first_(header_.first()) {}

absl::StatusOr<StreamStep> LogExport::Fill(google::protobuf::Message& message) {
  auto& response = static_cast<admin::v1::ExportResponse&>(message);
  if (!began_) {
    began_ = true;
    *response.mutable_header() = header_;
    response.set_next(next_);
    return StreamStep::kSend;
  }
  const bool is_whole = header_.filtered() || next_ == segment_first_;
  if (next_ == header_.end() || (is_whole && next_ - header_.first() >= max_entries_)) {
    return StreamStep::kEnd;
  }
  RETURN_IF_ERROR(header_.filtered() ? FillFiltered(response) : FillRange(response));
  response.set_next(next_);
  return StreamStep::kSend;
}

absl::Status LogExport::FillRange(admin::v1::ExportResponse& response) {
  const SegmentPlace place = NextSegment(segment_first_, header_.end());
  const uint64_t end = std::min(place.end(), next_ + kLogBatch);
  ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries, ReadEntries(engine_, next_, end));
  for (const AuditEntry& entry : entries) ShowEntry(entry, *response.add_entries());
  next_ = end;
  if (next_ < place.end()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ExportSegment segment, BuildSegment(nodes_, place, header_.size()));
  ShowSegment(segment, *response.mutable_segment());
  segment_first_ = next_;
  return absl::OkStatus();
}

absl::Status LogExport::FillFiltered(admin::v1::ExportResponse& response) {
  const uint64_t stop = std::min(header_.end(), next_ + kMaxLookedAt);
  while (next_ < stop && response.entries_size() < static_cast<int>(kLogBatch)) {
    const uint64_t end = std::min(stop, next_ + kLogBatch);
    ASSIGN_OR_RETURN(const std::vector<AuditEntry> entries, ReadEntries(engine_, next_, end));
    for (const AuditEntry& entry : entries) {
      if (!filter_.Matches(entry.leaf)) continue;
      ASSIGN_OR_RETURN(const TreeProof proof,
                       BuildInclusionProof(nodes_, entry.sequence, header_.size()));
      admin::v1::AuditEntry* const shown = response.add_entries();
      ShowEntry(entry, *shown);
      ShowHashes(proof, *shown->mutable_inclusion());
    }
    next_ = end;
  }
  return absl::OkStatus();
}

}  // namespace cardvault
