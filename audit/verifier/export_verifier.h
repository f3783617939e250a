#ifndef CARDVAULT_AUDIT_VERIFIER_EXPORT_VERIFIER_H_
#define CARDVAULT_AUDIT_VERIFIER_EXPORT_VERIFIER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audit/note_key.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

struct VerifyRequest {
  // Exports of logs of one vault: ranges of each log without gaps, in any order, and filtered ones.
  std::vector<std::string> files;
  // Whom to believe: the auditor's own, never taken from an export.
  std::vector<NoteKey> keys;
  // What was kept outside: a note, or a log's whole outside sink; "" for nothing.
  std::string notes_path;
  // Called now and then with the number of entries so far, and that of all ranges as their files
  // say.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

// Verifies exports by themselves: nothing is asked of a server, and nothing of an export is
// believed that a signature of one of the keys does not lead to. Answers what is wrong first, else
// what was proved: docs/verify/README.md. At least one file. Memory is bounded whatever the files.
// Thread-safe.
Verdict VerifyExports(const VerifyRequest& request);

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_EXPORT_VERIFIER_H_
