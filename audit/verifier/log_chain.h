#ifndef CARDVAULT_AUDIT_VERIFIER_LOG_CHAIN_H_
#define CARDVAULT_AUDIT_VERIFIER_LOG_CHAIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "audit/compact_range.h"
#include "audit/export/export_header.h"
#include "audit/export/export_segment.h"
#include "audit/restored_log.h"
#include "audit/tree_hash.h"
#include "audit/verifier/open_export.h"
#include "audit/verifier/outside_notes.h"
#include "audit/verifier/trusted_checkpoint.h"
#include "audit/verifier/verdict.h"

namespace cardvault {

// That a log begins after a restore, as its entry says, and the tree that it began with.
struct DeclaredRestore {
  RestoredLog restored;
  uint64_t kept = 0;  // entries of the log before that this one goes on behind
  TreeHash kept_root = {};
};

// Verifies range exports of one log, one behind the other, as one pass over their entries: the
// hashes of the complete subtrees so far are all that is kept. Not thread-safe.
class LogChain final {
 public:
  // `later` is what the log after this one says of it, when that was verified before.
  LogChain(VerifyContext& context, LogName log, std::optional<DeclaredRestore> later);

  // Before the first file: opens the outside checkpoints.
  Problem Begin();
  // The files in the order of their entries.
  Problem AddFile(const std::string& path);
  // Behind the last file: what the outside checkpoints say beyond its entries. The good verdict
  // when there is no problem.
  Verdict Finish();

  const std::optional<DeclaredRestore>& restore() const { return restore_; }

 private:
  // A root that the tree must have when it has so many entries.
  struct KnownRoot {
    uint64_t size = 0;
    TreeHash root = {};
    VerdictPlace place;
    const char* text = "";
    bool is_anchor = false;
  };

  Problem BeginFile();
  Problem AddEntry();
  Problem AddSegment();
  Problem EndFile();
  // Compares the tree with all that is known of its size. What differs is told when the segment in
  // which it stands has proved good: else the fault is in there.
  Problem CheckRoots();
  void CheckKnownRoots();
  Problem CheckEarlierNotes();
  // An outside checkpoint of before the first file, or behind the last one.
  Problem CheckNoteElsewhere();
  Problem Compare(OutsideNotes& notes, const TreeHash& root, Problem& differs);
  Problem AddKnownRoot(KnownRoot known);
  // An outside checkpoint of the log before, of entries that were not restored.
  Problem CheckLostNote(const RestoredLog& restored);
  Problem TakeRestore(const std::string& object);
  void TakeRetirement(const AuditEntry& entry);
  Problem FinishNotes();
  void NoteSeen(bool is_confirmed);
  VerdictPlace Here() const;
  std::string GoodText() const;

  VerifyContext& context_;
  const LogName log_;
  const std::optional<DeclaredRestore> later_;
  OutsideNotes notes_;    // of this log
  OutsideNotes earlier_;  // of the log before it

  bool has_begun_ = false;
  uint64_t begin_ = 0;                 // of all files
  TreeHash begin_root_ = {};           // of the entries before it
  std::optional<absl::Time> retired_;  // when those were dropped, as an entry says
  CompactRange tree_;
  std::vector<KnownRoot> known_;  // of sizes that the tree has not reached
  uint64_t next_check_ = 0;       // the least size at which something is known

  // Of the file that is read.
  std::string path_;
  OpenedExport file_;
  uint64_t segment_first_ = 0;
  TreeHash segment_hash_ = {};
  bool is_left_proved_ = false;

  Problem differs_;          // told behind the segment
  Problem earlier_differs_;  // told when the log turns out to go on behind the log before
  std::optional<DeclaredRestore> restore_;
  absl::Time last_time_;
  std::optional<uint64_t> newest_note_;  // its size
  std::string newest_bytes_;
  VerdictPlace newest_place_;
  bool is_newest_confirmed_ = false;
  std::optional<uint64_t> confirmed_;  // the size at which the log after this one agrees
  bool is_earlier_confirmed_ = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_VERIFIER_LOG_CHAIN_H_
