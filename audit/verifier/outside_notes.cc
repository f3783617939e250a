#include "audit/verifier/outside_notes.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "audit/signed_note.h"

namespace cardvault {
namespace {

constexpr char kUnreadableText[] = "this is no file that can be read; a pipe is none";

// A signature's line with its key's name; a text's lines are shorter in any checkpoint of a log.
constexpr size_t kMaxNoteLineSize = kMaxNoteSignatureSize + kMaxNoteKeyNameSize + 16;
// No log writes more; what is longer is no file of checkpoints.
constexpr size_t kMaxOutsideNoteSize = size_t{64} << 10;

}  // namespace

Problem OutsideNotes::Open() {
  if (path_.empty()) return std::nullopt;
  place_.file = path_;
  absl::StatusOr<std::unique_ptr<LineFile>> file = LineFile::Open(path_, kMaxNoteLineSize);
  if (!file.ok()) {
    return Verdict{VerdictWord::kUnreadable, kUnreadableText, {path_, 0, {}}};
  }
  file_ = *std::move(file);
  RETURN_IF_PROBLEM(Advance());
  if (!has_front_ && last_log_ == 0) {
    return Verdict{VerdictWord::kBadCheckpoint, "the file holds no checkpoint", {path_, 0, {}}};
  }
  return std::nullopt;
}

Problem OutsideNotes::ReadLine(bool& is_there) {
  const absl::StatusOr<std::optional<absl::string_view>> line = file_->Next();
  if (!line.ok()) {
    const bool is_content = !absl::IsUnavailable(line.status());
    return Verdict{is_content ? VerdictWord::kBadCheckpoint : VerdictWord::kUnreadable,
                   is_content ? "this is no signed checkpoint of a log" : kUnreadableText,
                   {path_, file_->line_number(), {}}};
  }
  is_there = line->has_value();
  if (is_there) line_.assign((*line)->data(), (*line)->size());
  return std::nullopt;
}

// A note is two blocks of lines, text and signatures, each of which ends with an empty line or the
// file.
Problem OutsideNotes::ReadNote(bool& is_there) {
  note_.clear();
  place_.line = file_->line_number() + 1;
  for (int block = 0; block < 2; ++block) {
    if (block == 1) note_ += "\n";
    for (;;) {
      RETURN_IF_PROBLEM(ReadLine(is_there));
      if (!is_there || line_.empty()) break;
      absl::StrAppend(&note_, line_, "\n");
      if (note_.size() > kMaxOutsideNoteSize) {
        return Verdict{VerdictWord::kBadCheckpoint, "this is no signed checkpoint of a log",
                       place_};
      }
    }
    if (!is_there && note_.empty()) return std::nullopt;  // the end of the file
  }
  is_there = true;
  return std::nullopt;
}

Problem OutsideNotes::Advance() {
  if (file_ == nullptr) return std::nullopt;
  for (has_front_ = false; !has_front_;) {
    bool is_there = false;
    RETURN_IF_PROBLEM(ReadNote(is_there));
    if (!is_there) return std::nullopt;
    const absl::StatusOr<SignedNote> note = ParseNote(note_);
    absl::StatusOr<Checkpoint> said = note.ok() ? ParseCheckpoint(note->text) : note.status();
    const std::optional<LogName> name = said.ok() ? ParseLogName(said->origin) : std::nullopt;
    if (!name.has_value()) {
      return Verdict{VerdictWord::kBadCheckpoint, "this is no signed checkpoint of a log", place_};
    }
    if (name->vault != log_.vault) {
      return Verdict{VerdictWord::kForeignLog, "the checkpoint is of another vault", place_};
    }
    if (std::pair(name->number, said->size) < std::pair(last_log_, last_size_)) {
      return Verdict{VerdictWord::kNotesBackwards,
                     "the checkpoint is smaller than the one before it: the log was rolled back, "
                     "or this is not the order in which they were written",
                     place_};
    }
    last_log_ = name->number;
    last_size_ = said->size;
    if (name->number < log_.number) earlier_log_ = name->number;
    has_front_ = *name == log_;
    if (has_front_) front_ = *std::move(said);
  }
  return std::nullopt;
}

}  // namespace cardvault
