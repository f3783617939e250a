// Signed notes, checkpoints and the lines of an export: what parses is written as it was read.

#include <string>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/export/export_entry.h"
#include "audit/export/export_header.h"
#include "audit/export/export_segment.h"
#include "audit/restored_log.h"
#include "audit/retired_log.h"
#include "audit/signed_note.h"
#include "audit/tree_hash.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_input.h"

using namespace cardvault;  // NOLINT(build/namespaces): a program of one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input = fuzz::InputOf(data, size);
  const absl::StatusOr<SignedNote> note = ParseNote(input);
  if (note.ok()) {
    CV_CHECK(SerializeNote(*note) == input);
    const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(note->text);
    if (checkpoint.ok()) {
      // Lines behind the third are other people's.
      CV_CHECK(note->text.rfind(FormatCheckpoint(*checkpoint), 0) == 0);
      ParseLogName(checkpoint->origin);
    }
  }
  const auto restored = ParseRestoredLog(input);
  if (restored.has_value()) CV_CHECK(FormatRestoredLog(*restored) == input);
  const auto retired = ParseRetiredLog(input);
  if (retired.has_value()) CV_CHECK(FormatRetiredLog(*retired) == input);
  const absl::StatusOr<AuditEntry> entry = DecodeEntry(input);
  if (entry.ok()) CV_CHECK(EncodeEntry(*entry) == input);
  AuditEntry of_line;
  TreeHash hash;
  if (ParseEntryLine(input, of_line, hash, nullptr).ok()) {
    CV_CHECK(FormatEntryLine(of_line, hash, nullptr) == input);
  }
  ParseHeaderLine(input).IgnoreError();
  ParseSegmentLine(input).IgnoreError();
  return 0;
}
