#include "audit/verifier/log_chain.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "audit/export/export_entry.h"
#include "audit/export/export_reader.h"
#include "audit/retired_log.h"
#include "audit/tree_proof.h"

namespace cardvault {
namespace {

constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

constexpr char kOtherRoot[] =
    "the log has another history than this checkpoint of it: it was rolled back or forked";
constexpr char kNotContinued[] =
    "the log does not go on behind this checkpoint of it, or its proof was altered";
constexpr char kOtherFile[] =
    "the files have other histories: a checkpoint of this one is not that of the entries";
constexpr char kOtherRestore[] =
    "the log has another history than the log after its restore says of it";
constexpr char kOtherRetired[] =
    "the entries before this file are not those that the log says it retired";

}  // namespace

LogChain::LogChain(VerifyContext& context, LogName log, std::optional<DeclaredRestore> later)
    : context_(context),
      log_(log),
      later_(std::move(later)),
      notes_(context.notes_path, log),
      earlier_(log.number > 1 ? context.notes_path : "", LogName{log.vault, log.number - 1}) {}

VerdictPlace LogChain::Here() const { return {path_, file_.reader->line_number(), {}}; }

void LogChain::NoteSeen(bool is_confirmed) {
  newest_note_ = notes_.front().size;
  newest_place_ = notes_.place();
  newest_bytes_ = notes_.front_note();
  is_newest_confirmed_ = is_confirmed;
}

// The front of `notes` says a root of the tree as it is.
Problem LogChain::Compare(OutsideNotes& notes, const TreeHash& root, Problem& differs) {
  Checkpoint checkpoint;
  RETURN_IF_PROBLEM(OpenTrusted(notes.front_note(), context_.keys, notes.place(), checkpoint));
  if (checkpoint.root != root && !differs.has_value()) {
    differs = Verdict{VerdictWord::kForked, kOtherRoot, notes.place()};
  }
  return std::nullopt;
}

Problem LogChain::AddKnownRoot(KnownRoot known) {
  for (const KnownRoot& other : known_) {
    if (other.size == known.size && other.root != known.root) {
      return Verdict{VerdictWord::kForked, known.text, known.place};
    }
  }
  next_check_ = std::min(next_check_, known.size);
  known_.push_back(std::move(known));
  return std::nullopt;
}

void LogChain::CheckKnownRoots() {
  const uint64_t size = tree_.size();
  const ExportHeader& header = file_.reader->header();
  if (header.consistency.has_value() && header.consistency->from == size && !differs_.has_value() &&
      !VerifyConsistency(size, tree_.Root(), header.size, file_.root, header.consistency->proof)) {
    differs_ = Verdict{VerdictWord::kInconsistent, kNotContinued, {path_, 1, {}}};
  }
  for (const KnownRoot& known : known_) {
    if (known.size != size) continue;
    if (known.root != tree_.Root() && !differs_.has_value()) {
      const bool is_of_file = !known.place.file.empty();
      differs_ = Verdict{VerdictWord::kForked, known.text,
                         is_of_file ? known.place : VerdictPlace{path_, 0, {}}};
    }
    if (known.is_anchor) confirmed_ = size;
  }
  std::erase_if(known_, [&](const KnownRoot& known) { return known.size == size; });
}

// Checkpoints of the log before say of this log's tree what it is as far as that log's entries
// were kept. How far that is says an entry that may still come.
Problem LogChain::CheckEarlierNotes() {
  while (earlier_.has_front() && earlier_.front().size <= tree_.size() && !restore_.has_value()) {
    if (earlier_.front().size == tree_.size()) {
      RETURN_IF_PROBLEM(Compare(earlier_, tree_.Root(), earlier_differs_));
      is_earlier_confirmed_ = true;
    }
    RETURN_IF_PROBLEM(earlier_.Advance());
  }
  return std::nullopt;
}

Problem LogChain::CheckRoots() {
  CheckKnownRoots();
  RETURN_IF_PROBLEM(CheckEarlierNotes());
  while (notes_.has_front() && notes_.front().size == tree_.size()) {
    RETURN_IF_PROBLEM(Compare(notes_, tree_.Root(), differs_));
    NoteSeen(/*is_confirmed=*/true);
    RETURN_IF_PROBLEM(notes_.Advance());
  }
  next_check_ = notes_.has_front() ? notes_.front().size : kNever;
  if (earlier_.has_front()) next_check_ = std::min(next_check_, earlier_.front().size);
  for (const KnownRoot& known : known_) next_check_ = std::min(next_check_, known.size);
  const std::optional<ExportConsistency>& proved = file_.reader->header().consistency;
  if (proved.has_value() && proved->from > tree_.size()) {
    next_check_ = std::min(next_check_, proved->from);
  }
  return std::nullopt;
}

Problem LogChain::CheckNoteElsewhere() {
  const ExportHeader& header = file_.reader->header();
  const uint64_t size = notes_.front().size;
  const bool is_proved = header.consistency.has_value() && header.consistency->from == size;
  if (!is_proved && size != header.size) {
    NoteSeen(/*is_confirmed=*/false);
    return notes_.Advance();
  }
  Checkpoint checkpoint;
  RETURN_IF_PROBLEM(OpenTrusted(notes_.front_note(), context_.keys, notes_.place(), checkpoint));
  if (size == header.size && checkpoint.root != file_.root) {
    return Verdict{VerdictWord::kForked, kOtherRoot, notes_.place()};
  }
  if (is_proved && !VerifyConsistency(size, checkpoint.root, header.size, file_.root,
                                      header.consistency->proof)) {
    return Verdict{VerdictWord::kInconsistent, kNotContinued, notes_.place()};
  }
  NoteSeen(/*is_confirmed=*/true);
  return notes_.Advance();
}

Problem LogChain::Begin() {
  RETURN_IF_PROBLEM(notes_.Open());
  RETURN_IF_PROBLEM(earlier_.Open());
  if (!later_.has_value()) return std::nullopt;
  RETURN_IF_PROBLEM(AddKnownRoot({later_->restored.size,
                                  later_->restored.root,
                                  {},
                                  kOtherRestore,
                                  /*is_anchor=*/true}));
  return AddKnownRoot({later_->kept, later_->kept_root, {}, kOtherRestore, /*is_anchor=*/false});
}

Problem LogChain::BeginFile() {
  const ExportHeader& header = file_.reader->header();
  const VerdictPlace place = {path_, 1, {}};
  if (later_.has_value() && header.size > std::max(later_->restored.size, later_->kept)) {
    return Verdict{VerdictWord::kUndeclaredLoss,
                   "this log had more entries than the restore after it says", place};
  }
  RETURN_IF_PROBLEM(AddKnownRoot({header.size, file_.root, place, kOtherFile, false}));
  segment_first_ = header.first;
  is_left_proved_ = false;
  if (!has_begun_) {
    // As many as they must be: the header was taken.
    absl::StatusOr<CompactRange> tree = CompactRange::FromPeaks(header.first, header.left);
    if (!tree.ok()) return FileProblem(tree.status(), place);
    tree_ = *std::move(tree);
    begin_ = header.first;
    begin_root_ = tree_.Root();
    has_begun_ = true;
    while (notes_.has_front() && notes_.front().size < header.first) {
      RETURN_IF_PROBLEM(CheckNoteElsewhere());
    }
    std::erase_if(known_, [&](const KnownRoot& known) { return known.size < header.first; });
  } else if (header.first != tree_.size()) {
    const bool is_gap = header.first > tree_.size();
    return Verdict{is_gap ? VerdictWord::kGap : VerdictWord::kOverlap,
                   is_gap ? "entries are missing between this file and those before it"
                          : "the file begins within the entries of another one",
                   {path_, 1, tree_.size()}};
  } else if (!std::equal(header.left.begin(), header.left.end(), tree_.peaks().begin(),
                         tree_.peaks().end())) {
    return Verdict{VerdictWord::kForked,
                   "the entries before this file are not those of the files before it", place};
  }
  return CheckRoots();
}

Problem LogChain::CheckLostNote(const RestoredLog& restored) {
  if (earlier_.front().size < restored.size) return std::nullopt;
  Checkpoint checkpoint;
  RETURN_IF_PROBLEM(
      OpenTrusted(earlier_.front_note(), context_.keys, earlier_.place(), checkpoint));
  if (checkpoint.size > restored.size) {
    return Verdict{VerdictWord::kUndeclaredLoss,
                   "the log before had more entries than the restore after it says",
                   earlier_.place()};
  }
  if (checkpoint.root != restored.root) {
    return Verdict{VerdictWord::kForked,
                   "the restore says another checkpoint of the log before than this one",
                   earlier_.place()};
  }
  is_earlier_confirmed_ = true;
  return std::nullopt;
}

Problem LogChain::TakeRestore(const std::string& object) {
  VerdictPlace place = Here();
  place.sequence = tree_.size();
  const std::optional<RestoredLog> restored = ParseRestoredLog(object);
  // Of an earlier restore: it is among the entries that this log was restored with.
  if (restored.has_value() && restored->log + 1 < log_.number && !restore_.has_value()) {
    return std::nullopt;
  }
  if (!restored.has_value() || restored->log + 1 != log_.number || restore_.has_value()) {
    return Verdict{VerdictWord::kBadRestore,
                   "the declaration of a restore is not of the log before this one", place};
  }
  if (earlier_differs_.has_value() && !differs_.has_value()) differs_ = earlier_differs_;
  while (earlier_.has_front()) {
    RETURN_IF_PROBLEM(CheckLostNote(*restored));
    RETURN_IF_PROBLEM(earlier_.Advance());
  }
  restore_ = DeclaredRestore{*restored, tree_.size(), tree_.Root()};
  return std::nullopt;
}

// What is before the files was dropped, if an entry says so of exactly that; and then it says its
// root.
void LogChain::TakeRetirement(const AuditEntry& entry) {
  const std::optional<RetiredLog> retired = ParseRetiredLog(entry.leaf.object);
  if (!retired.has_value() || retired->end != begin_) return;
  if (retired->root != begin_root_ && !differs_.has_value()) {
    differs_ = Verdict{VerdictWord::kForked, kOtherRetired, {path_, 1, {}}};
  }
  retired_ = entry.time;
}

Problem LogChain::AddEntry() {
  const ExportHeader& header = file_.reader->header();
  const AuditEntry& entry = file_.reader->entry();
  VerdictPlace place = Here();
  place.sequence = tree_.size();
  if (entry.sequence > tree_.size() && tree_.size() < header.end) {
    return Verdict{VerdictWord::kMissing, "it is missing here: a later entry stands in its place",
                   place};
  }
  if (entry.sequence != tree_.size() || segment_first_ == header.end) {
    place.sequence = entry.sequence;
    return Verdict{VerdictWord::kOutOfOrder, "it does not belong here", place};
  }
  const SegmentPlace segment = NextSegment(segment_first_, header.end);
  if (tree_.size() == segment.end()) {
    place.sequence = segment.first;
    return Verdict{VerdictWord::kUnproved,
                   absl::StrCat("the proof of the entries to ", segment.end() - 1, " is missing"),
                   place};
  }
  RETURN_IF_PROBLEM(CheckEntryHash(*file_.reader, place));
  if (entry.leaf.action == AuditAction::kLogRestored) {
    RETURN_IF_PROBLEM(TakeRestore(entry.leaf.object));
  }
  if (entry.leaf.action == AuditAction::kLogRetired) TakeRetirement(entry);
  const NodeId whole = {segment.level, segment.first >> segment.level};
  tree_.Append(file_.reader->hash(), [&](const NodeId& id, const TreeHash& hash) {
    if (id == whole) segment_hash_ = hash;
  });
  last_time_ = entry.time;
  context_.CountEntry();
  return tree_.size() == next_check_ ? CheckRoots() : std::nullopt;
}

Problem LogChain::AddSegment() {
  const ExportHeader& header = file_.reader->header();
  const ExportSegment& segment = file_.reader->segment();
  VerdictPlace place = Here();
  if (segment_first_ == header.end || segment.place != NextSegment(segment_first_, header.end)) {
    place.sequence = segment_first_;
    return Verdict{VerdictWord::kUnproved, "the proof is not that of the entries before it", place};
  }
  if (tree_.size() != segment.place.end()) {
    place.sequence = tree_.size();
    return Verdict{VerdictWord::kMissing, "it is missing here: its segment ends", place};
  }
  if (!VerifySegment(segment, segment_hash_, header.size, file_.root)) {
    place.sequence = segment_first_;
    return Verdict{VerdictWord::kUnproved,
                   absl::StrCat("this entry or another one to ", tree_.size() - 1,
                                " was edited together with its hash, or their proof was"),
                   place};
  }
  if (!is_left_proved_ && LeftOf(segment, header.size) != header.left) {
    return Verdict{VerdictWord::kWrongLeft,
                   "what the first line says of the entries before is not what is proved",
                   {path_, 1, {}}};
  }
  is_left_proved_ = true;
  segment_first_ = tree_.size();
  return differs_;
}

Problem LogChain::EndFile() {
  const ExportHeader& header = file_.reader->header();
  VerdictPlace place = Here();
  if (segment_first_ != header.end) {
    place.sequence = tree_.size();
    return Verdict{VerdictWord::kMissing, "it is missing, or its proof is, at the end", place};
  }
  if (file_.reader->entry_count() != header.end - header.first) {
    return Verdict{VerdictWord::kWrongCount, "the last line says another number of entries", place};
  }
  return std::nullopt;
}

Problem LogChain::AddFile(const std::string& path) {
  path_ = path;
  RETURN_IF_PROBLEM(OpenExport(path, log_, context_, file_));
  RETURN_IF_PROBLEM(BeginFile());
  for (;;) {
    const absl::StatusOr<ExportReader::Line> line = file_.reader->Next();
    if (!line.ok()) {
      VerdictPlace place = Here();
      if (tree_.size() < file_.reader->header().end) place.sequence = tree_.size();
      return FileProblem(line.status(), place);
    }
    switch (*line) {
      case ExportReader::Line::kEntry:
        RETURN_IF_PROBLEM(AddEntry());
        break;
      case ExportReader::Line::kSegment:
        RETURN_IF_PROBLEM(AddSegment());
        break;
      case ExportReader::Line::kEnd:
        return EndFile();
    }
  }
}

Problem LogChain::FinishNotes() {
  const ExportHeader& header = file_.reader->header();
  while (notes_.has_front()) RETURN_IF_PROBLEM(CheckNoteElsewhere());
  if (!newest_note_.has_value()) return std::nullopt;
  // It decides, so it must be the log's.
  Checkpoint newest;
  RETURN_IF_PROBLEM(OpenTrusted(newest_bytes_, context_.keys, newest_place_, newest));
  if (*newest_note_ > header.size) {
    return Verdict{VerdictWord::kCutTail,
                   absl::StrCat("the log had ", *newest_note_, " entries at this checkpoint, and ",
                                header.size, " at the export's: the last ",
                                *newest_note_ - header.size, " are missing"),
                   newest_place_};
  }
  return std::nullopt;
}

std::string LogChain::GoodText() const {
  std::string text = absl::StrCat("entries ", begin_, "..", tree_.size() - 1, " intact as of ",
                                  ExportTimeText(last_time_));
  if (log_.number > 1 || later_.has_value()) absl::StrAppend(&text, " in log ", log_.number);
  if (retired_.has_value()) {
    absl::StrAppend(&text, "; entries 0..", begin_ - 1, " retired at ", ExportTimeText(*retired_),
                    " by policy");
  }
  if (restore_.has_value()) {
    absl::StrAppend(&text, "; declared restore of log ", restore_->restored.log, " at size ",
                    restore_->restored.size, ", with ", restore_->kept, " entries");
  }
  return text;
}

Verdict LogChain::Finish() {
  RETURN_IF_PROBLEM(FinishNotes());
  const ExportHeader& header = file_.reader->header();
  if (log_.number > 1 && !restore_.has_value() && begin_ == 0 && tree_.size() == header.size) {
    return {VerdictWord::kBadRestore,
            "a log after another one does not say what it continues",
            {path_, 0, {}}};
  }
  Verdict verdict = {VerdictWord::kIntactUnanchored, GoodText(), {}};
  if (newest_note_.has_value() && is_newest_confirmed_) {
    verdict.word = VerdictWord::kIntact;
    absl::StrAppend(&verdict.text, "; confirmed by the outside checkpoint at size ", *newest_note_);
  } else if (newest_note_.has_value()) {
    absl::StrAppend(&verdict.text, "; the newest outside checkpoint, at size ", *newest_note_,
                    ", cannot be compared: later entries not excluded");
  } else if (confirmed_.has_value()) {
    verdict.word = VerdictWord::kIntact;
    absl::StrAppend(&verdict.text, "; confirmed by the log after it at size ", *confirmed_);
  } else if (restore_.has_value() && is_earlier_confirmed_) {
    verdict.word = VerdictWord::kIntact;
    verdict.text += "; confirmed by the outside checkpoint of the log before";
  } else {
    verdict.text += "; later entries not excluded";
  }
  return verdict;
}

}  // namespace cardvault
