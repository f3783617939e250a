#ifndef CARDVAULT_AUDIT_VERIFIER_OPEN_EXPORT_H_
#define CARDVAULT_AUDIT_VERIFIER_OPEN_EXPORT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "audit/export/export_reader.h"
#include "audit/note_key.h"
#include "audit/tree_hash.h"
#include "audit/verifier/trusted_checkpoint.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

// Called now and then with the number of entries that were looked at.
using VerifyProgress = std::function<void(uint64_t done)>;

// What all parts of a verification share.
struct VerifyContext {
  std::vector<NoteKey> keys;
  std::string notes_path;  // of the outside checkpoints, "" for none
  VerifyProgress progress;
  uint64_t done = 0;  // entries

  void CountEntry() {
    constexpr uint64_t kStep = 1 << 14;  // some 20 ms
    if (++done % kStep == 0 && progress) progress(done);
  }
};

// An export whose header is what its checkpoint says, and that a given key signed.
struct OpenedExport {
  std::unique_ptr<ExportReader> reader;
  TreeHash root = {};  // of the tree of header().size entries
};

// What is wrong with a file of which `status` came.
Verdict FileProblem(const absl::Status& status, const VerdictPlace& place);

// Opens an export's file and takes its log's name from the header, before any signature is looked
// at. kUnreadable, kMalformed, kVersion, kCutFile.
Problem OpenFile(const std::string& path, std::unique_ptr<ExportReader>& reader, LogName& log);

// Opens an export of this log. As OpenFile and OpenTrusted, kBadCheckpoint, kForeignLog.
Problem OpenExport(const std::string& path, const LogName& log, const VerifyContext& context,
                   OpenedExport& opened);

// Whether the entry that was read last has the hash that its line says. kEdited.
Problem CheckEntryHash(const ExportReader& reader, const VerdictPlace& place);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_OPEN_EXPORT_H_
