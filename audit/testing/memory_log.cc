#include "audit/testing/memory_log.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/checkpoint.h"
#include "audit/export/export_header.h"
#include "audit/export/export_segment.h"
#include "audit/export/export_writer.h"
#include "base/check.h"
#include "base/id.h"

namespace cardvault {
namespace {

// 2026-11-22T03:14:06.123456Z
const absl::Time kBegin = absl::FromUnixMicros(1'795'317'246'123'456);

// Leaves of all forms, one after the other.
AuditLeaf SomeLeaf(uint64_t number) {
  const AuditOrigin caller = {"spiffe://example.com/shop", "tokens", "192.0.2.7:51000"};
  switch (number % 5) {
    case 0:
      return {.action = AuditAction::kTokenCreated,
              .origin = caller,
              .object = absl::StrCat("tok_test_", number),
              .key_version = 3};
    case 1:
      return {.action = AuditAction::kTokenRefused,
              .outcome = AuditOutcome::kRefused,
              .reason = ErrorReason::kTokenNotFound,
              .origin = caller,
              .count = static_cast<uint32_t>(number % 7 + 1)};
    case 2:
      return {.action = AuditAction::kRouteApplied,
              .origin = {"spiffe://example.com/op\"s\\1", "operator", "[2001:db8::1]:4", "chg-1"},
              .object = "route-a"};
    case 3:
      return {.action = AuditAction::kClockStepped,
              .origin = {"cardvaultd", "", ""},
              .object = "-3600"};
    default:
      return {.action = AuditAction::kLogStarted};
  }
}

ExportWriter::Sink Into(std::string& out) {
  return [&out](absl::string_view bytes) {
    out.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
}

}  // namespace

MemoryLog::MemoryLog(const std::string& vault, uint32_t number, std::string seed)
    : vault_(vault),
      origin_(LogOrigin(*VaultId::Parse(vault, "vault_id"), number)),
      seed_(std::move(seed)) {}

MemoryLog MemoryLog::Continued(uint32_t number, const std::string& seed) const {
  MemoryLog next(vault_, number, seed);
  for (const AuditEntry& entry : entries_) next.Append(entry);
  return next;
}

void MemoryLog::Append(AuditEntry entry) {
  tree_.Append(LeafHash(EncodeEntry(entry)), [&](const NodeId& id, const TreeHash& hash) {
    if (nodes_.size() == id.level) nodes_.emplace_back();
    nodes_[id.level].push_back(hash);
  });
  entries_.push_back(std::move(entry));
}

void MemoryLog::Add(AuditLeaf leaf) {
  const uint64_t sequence = size();
  Append({sequence, kBegin + absl::Seconds(sequence), absl::Seconds(sequence), std::move(leaf)});
}

void MemoryLog::AddSome(uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) Add(SomeLeaf(size()));
}

void MemoryLog::Replace(uint64_t sequence, AuditLeaf leaf) {
  std::vector<AuditEntry> entries = std::move(entries_);
  entries[sequence].leaf = std::move(leaf);
  entries_.clear();
  nodes_.clear();
  tree_ = CompactRange();
  for (AuditEntry& entry : entries) Append(std::move(entry));
}

std::string MemoryLog::Key() const { return TestNoteSigner(origin_, seed_).key().ToString(); }

TreeHash MemoryLog::RootAt(uint64_t size) { return *RootOf(*this, size); }

std::string MemoryLog::Checkpoint(uint64_t size) {
  const TestNoteSigner signer(origin_, seed_);
  const NoteSigner* const signers[] = {&signer};
  return *SignCheckpoint({origin_, size, RootAt(size)}, signers);
}

absl::StatusOr<TreeHash> MemoryLog::Node(const NodeId& id) {
  CV_CHECK(id.level < nodes_.size() && id.index < nodes_[id.level].size());
  return nodes_[id.level][id.index];
}

std::string MemoryLog::ExportRange(uint64_t first, uint64_t end, uint64_t size, uint64_t from) {
  ExportHeader header = {ExportKind::kRange, origin_, first, end, size, {},
                         Checkpoint(size),   {},      {}};
  if (first > 0) {
    for (const NodeId& id : CompleteNodesOf({0, first})) header.left.push_back(*Node(id));
  }
  if (from > 0) header.consistency = {from, *BuildConsistencyProof(*this, from, size)};
  std::string out;
  ExportWriter writer(Into(out));
  CV_CHECK(writer.Begin(header).ok());
  while (writer.next() < end) {
    const SegmentPlace place = NextSegment(writer.next(), end);
    while (writer.next() < place.end()) CV_CHECK(writer.Entry(entries_[writer.next()]).ok());
    CV_CHECK(writer.Segment(*BuildSegment(*this, place, size)).ok());
  }
  CV_CHECK(writer.End().ok());
  return out;
}

std::string MemoryLog::ExportFiltered(uint64_t first, uint64_t end, uint64_t size,
                                      const std::function<bool(const AuditEntry&)>& is_chosen,
                                      std::vector<std::pair<std::string, std::string>> filter,
                                      uint64_t from) {
  ExportHeader header = {ExportKind::kFiltered, origin_,           first, end, size, {},
                         Checkpoint(size),      std::move(filter), {}};
  if (from > 0) header.consistency = {from, *BuildConsistencyProof(*this, from, size)};
  std::string out;
  ExportWriter writer(Into(out));
  CV_CHECK(writer.Begin(header).ok());
  for (uint64_t i = first; i < end; ++i) {
    if (!is_chosen(entries_[i])) continue;
    const TreeProof proof = *BuildInclusionProof(*this, i, size);
    CV_CHECK(writer.Entry(entries_[i], &proof).ok());
  }
  CV_CHECK(writer.End().ok());
  return out;
}

}  // namespace cardvault
