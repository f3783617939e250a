#ifndef CARDVAULT_AUDIT_VERIFIER_VERDICT_H_
#define CARDVAULT_AUDIT_VERIFIER_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace cardvault {

// What a verification comes to. The words (docs/verify/README.md) are those of the independent
// verifier too, and never get another meaning.
enum class VerdictWord {
  // Nothing is wrong:
  kIntact,             // every entry of a range, confirmed by an outside checkpoint
  kIntactUnanchored,   // every entry of a range; no outside checkpoint confirms them
  kPresent,            // each entry of a filtered export; the outside checkpoint confirms the log
  kPresentUnanchored,  // each entry of a filtered export; no outside checkpoint confirms the log
  // The files:
  kUnreadable,  // a file cannot be opened or read
  kMalformed,   // a line in no form of an export's
  kVersion,     // an export of another format version
  kCutFile,     // the file ends before the export does
  kDamaged,     // a store whose files are not as they were written
  // Checkpoints, of an export or from outside:
  kBadCheckpoint,   // no checkpoint, or not the one that its file speaks of
  kBadSignature,    // a given key's signature does not verify
  kUnknownKey,      // no given key signed it
  kForeignLog,      // of another log than the given keys sign for, or than the other files
  kNotesBackwards,  // the outside checkpoints do not stand in the order of the log's sizes
  // Entries:
  kMissing,     // entries are not there
  kOutOfOrder,  // an entry stands there again, or behind a later one, or is not of this range
  kEdited,      // its fields are not those of its hash
  kUnproved,    // hashes do not lead to the checkpoint's root: entries with hashes, or proofs
  kWrongLeft,   // what the file says of the entries before it is not what its proofs say
  kWrongCount,  // the last line says another number of entries
  kWrongNode,   // a stored node is not what the entries make
  kGap,         // between two files entries are missing
  kOverlap,     // two files have the same entries
  // The log against checkpoints of other times:
  kForked,          // another history: at one size another root
  kInconsistent,    // the proof of consistency does not hold
  kCutTail,         // the outside checkpoint has more entries than the export's
  kBadRestore,      // a log after a restore does not say what it continues
  kUndeclaredLoss,  // a restore went back behind more than it says
};

// The word as it is written: "intact-unanchored".
absl::string_view VerdictText(VerdictWord word);

// Where something is wrong.
struct VerdictPlace {
  std::string file;   // as it was given
  uint64_t line = 0;  // from 1; 0: the file as a whole
  // The first entry that is not as it should be, when it is known: what comes before is good.
  std::optional<uint64_t> sequence;
};

struct Verdict {
  VerdictWord word = VerdictWord::kIntact;
  std::string text;  // for people; holds nothing of the files but numbers, times and names of logs
  VerdictPlace place;  // of what is wrong

  bool good() const { return word <= VerdictWord::kPresentUnanchored; }
  // Good, and confirmed by an outside checkpoint.
  bool anchored() const { return word == VerdictWord::kIntact || word == VerdictWord::kPresent; }
};

// Nothing when all is well so far.
using Problem = std::optional<Verdict>;

// "WORD: FILE:LINE: entry N: TEXT" of what is wrong, else the text alone.
std::string ReportOf(const Verdict& verdict);

// {"verdict":WORD,"good":BOOL,"file":...,"line":...,"sequence":...,"text":...}; what is not known
// is left out.
std::string JsonOf(const Verdict& verdict);

}  // namespace cardvault

// Returns from the enclosing function, whose result a Problem converts to, when there is one.
#define RETURN_IF_PROBLEM(expr)                                     \
  do {                                                              \
    if (Problem cv_problem = (expr)) return *std::move(cv_problem); \
  } while (false)

#endif  // CARDVAULT_AUDIT_VERIFIER_VERDICT_H_
