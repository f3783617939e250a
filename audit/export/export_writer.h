#ifndef CARDVAULT_AUDIT_EXPORT_EXPORT_WRITER_H_
#define CARDVAULT_AUDIT_EXPORT_EXPORT_WRITER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "audit/audit_leaf.h"
#include "audit/export/export_header.h"
#include "audit/export/export_segment.h"
#include "audit/export/resume_point.h"
#include "audit/tree_proof.h"

namespace cardvault {

// Writes an export as JSON lines (docs/formats/audit_export.md), in the order in which it is fed:
// Begin or Resume; of a range the entries of each segment (NextSegment), then the segment; of a
// filtered export its entries, each with its inclusion proof; End. What is fed in another order or
// cannot be written is INVALID_ARGUMENT (FIELD_INVALID), and nothing of it is written; errors of
// the sink are passed on. Proofs are not verified: that is the verifier's. Not thread-safe.
class ExportWriter final {
 public:
  // Takes whole lines, in order.
  using Sink = std::function<absl::Status(absl::string_view bytes)>;

  explicit ExportWriter(Sink sink) : sink_(std::move(sink)) {}

  absl::Status Begin(const ExportHeader& header);

  // Goes on behind the last whole segment of a range that was cut short; the sink writes behind
  // `point.offset`. What comes is under the checkpoint that the file began with.
  void Resume(const ResumePoint& point);

  // `proof` in filtered exports, and not null there.
  absl::Status Entry(const AuditEntry& entry, const TreeProof* proof = nullptr);
  absl::Status Segment(const ExportSegment& segment);
  absl::Status End();

  // Of a range: the sequence that comes next.
  uint64_t next() const { return next_; }

 private:
  enum class State { kNew, kOpen, kEnded };

  absl::Status WriteLine(std::string line);

  const Sink sink_;
  State state_ = State::kNew;
  ExportKind kind_ = ExportKind::kRange;
  uint64_t next_ = 0;  // the least sequence that may come
  uint64_t end_ = 0;
  uint64_t segment_first_ = 0;  // of a range: the entries before are in whole segments
  uint64_t entry_count_ = 0;
};

// {"end":{"entries":N}}, without its newline: the last line of an export.
std::string FormatEndLine(uint64_t entry_count);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_EXPORT_EXPORT_WRITER_H_
